import { type BackOff, backOffMs, once, sleep } from "@agentbot/core/adapter";
import type { SqlDatabase } from "../database/sql-database.js";

/** Who is told. */
export interface Listening {
  heard(message: string): void;
  /** It listens from now on; `isAgain`: it did before, and what came in between was missed. */
  connected(isAgain: boolean): void;
  /** The connection is lost, or could not be made. */
  lost(): void;
}

const retryBackOff: BackOff = { baseMs: 200, capMs: 5000 };

/** Listens until the returned function is called, on a new connection whenever one is lost. */
export function keepListening(
  database: SqlDatabase,
  channel: string,
  { heard, connected, lost }: Listening,
  backOff: BackOff = retryBackOff,
): () => Promise<void> {
  const over = new AbortController();
  const { signal } = over;

  let isAgain = false;

  /** Resolves when the connection is lost or the end has come. */
  const listenOnce = async (): Promise<void> => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const stop = await database.listen(channel, { notified: heard, lost: () => end() });
    signal.addEventListener("abort", end, { once: true });
    connected(isAgain);
    isAgain = true;
    if (!signal.aborted) await ended;
    signal.removeEventListener("abort", end);
    await stop();
  };

  const listening = (async () => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await listenOnce();
        failures = 0;
      } catch {
        // Whoever waits is not told of each try: what it does itself will say that the database is gone.
      }
      if (signal.aborted) return;
      lost();
      failures += 1;
      await sleep(backOffMs(failures, backOff), signal);
    }
  })();

  return once(async () => {
    over.abort();
    await listening;
  });
}
