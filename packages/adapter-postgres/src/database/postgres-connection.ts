import { AgentBotError } from "@agentbot/core";
import { withDeadline } from "@agentbot/core/adapter";
import { isStalePlan, sqlStateOf, toStoreError } from "./errors.js";
import type { PostgresPool, PostgresPoolClient, PostgresQuery, PostgresResult } from "./postgres-pool.js";

/** One connection of the pool, for as long as it is in use. */
export interface PostgresConnection {
  readonly client: PostgresPoolClient;
  /** Why it cannot be used any more, or null. */
  broken(): unknown;
  /**
   * Runs a statement; gives the connection up when the answer takes longer than `timeoutMs`. Throws a TypeError once it was
   * released: the statement would be part of what its next user does.
   */
  run(query: PostgresQuery, timeoutMs: number): Promise<PostgresResult>;
  /** Gives it back to the pool, which closes it if it is broken. */
  release(): void;
}

/** Takes a connection out of the pool; throws AgentBotError `STORE_UNAVAILABLE` when there is none in time. */
export async function takeConnection(pool: PostgresPool, timeoutMs: number): Promise<PostgresConnection> {
  const taken = pool.connect();
  try {
    const message = `No connection to the database within ${timeoutMs} ms: it does not answer, or all of the pool's are in use (then raise its \`max\`).`;
    return holdConnection(await withDeadline(taken, timeoutMs, unavailable(message)));
  } catch (error) {
    // It may still come, and must not stay out.
    taken.then(
      (client) => client.release(),
      () => {},
    );
    throw toStoreError(error);
  }
}

function holdConnection(client: PostgresPoolClient): PostgresConnection {
  let broken: unknown = null;
  let isReleased = false;
  // Without a listener, a connection that breaks while it is out would end the process.
  const onError = (error: Error): void => {
    broken ??= error;
  };
  client.on("error", onError);
  return {
    client,
    broken: () => broken,
    async run(query, timeoutMs) {
      if (isReleased) throw new TypeError("The connection was given back: await every statement on it.");
      try {
        if (broken !== null) throw broken;
        const message = `The database did not answer within ${timeoutMs} ms: its connection was given up.`;
        return await withDeadline(client.query(query), timeoutMs, unavailable(message));
      } catch (error) {
        if (!isAnswer(error) || isStalePlan(error) || isReadOnly(error)) broken ??= error;
        throw toStoreError(error);
      }
    },
    release() {
      isReleased = true;
      client.release(broken !== null);
      client.off("error", onError);
    },
  };
}

/** A standby, or a setting that was read when the connection began: a new one may find a server that takes writes. */
function isReadOnly(error: unknown): boolean {
  return sqlStateOf(error) === "25006";
}

/** True if the server refused the statement and the connection stays. After any other error its state is unknown. */
function isAnswer(error: unknown): boolean {
  const severity = typeof error === "object" && error !== null ? Reflect.get(error, "severity") : null;
  return sqlStateOf(error) !== null && severity !== "FATAL" && severity !== "PANIC";
}

const unavailable = (message: string) => (): AgentBotError => new AgentBotError("STORE_UNAVAILABLE", message);
