import { AgentBotError } from "@agentbot/core";
import { connectionLosses, createConnectionMonitor, isConnected } from "../connection/connection-monitor.js";
import { describeAddress, type RedisClient } from "../connection/redis-client.js";
import type { RedisScript } from "./scripts/redis-script.js";

/** One run of a script. */
export interface ScriptRun {
  readonly script: RedisScript;
  readonly args: readonly (string | number)[];
  /** Called with an answer that comes after the deadline, when the caller has already got an error. */
  readonly onLate?: (reply: unknown) => void;
  /**
   * Called before the promise settles if the script was sent, and may have run though no answer came in time, or twice
   * because the client sent it again. A Cluster client does not report that it sent something again.
   */
  readonly onUnconfirmed?: () => void;
}

/** Runs a queue's scripts. */
export type ScriptRunner = (run: ScriptRun) => Promise<unknown>;

interface Progress {
  isSent: boolean;
  /** The caller has got an error: what is not sent yet must not happen. */
  isLate: boolean;
}

/**
 * Runs scripts by their hash, sends the text where Redis does not have it (after a restart, a flush, a failover), and waits
 * at most `timeoutMs`, whatever the client itself would wait. Runs reject with AgentBotError `QUEUE_UNAVAILABLE`.
 */
export function createScriptRunner(client: RedisClient, keys: readonly string[], timeoutMs: number): ScriptRunner {
  const unavailable = (why: string, cause?: unknown): AgentBotError =>
    new AgentBotError("QUEUE_UNAVAILABLE", `The queue on Redis at ${describeAddress(client)}: ${why}`, { cause });

  const connection = createConnectionMonitor(client);
  const losses = connectionLosses(client);

  // The first connection is worth waiting for; one that was lost is not.
  let firstReady: Promise<void> | null = client.status === "ready" ? null : whenReady(client);
  void firstReady?.then(() => {
    firstReady = null;
  });

  const runCached = async ({ script, args }: ScriptRun, progress: Progress): Promise<unknown> => {
    try {
      return await client.call("evalsha", [script.sha, keys.length, ...keys, ...args]);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT")) || progress.isLate) throw error;
      return await client.call("eval", [script.text, keys.length, ...keys, ...args]);
    }
  };

  const send = async (run: ScriptRun, progress: Progress): Promise<unknown> => {
    if (client.status !== "ready") {
      if (client.status === "wait") client.connect().catch(() => {});
      if (firstReady) await firstReady;
      else if (!(await isConnected(client))) throw unavailable(`the connection is "${client.status}"`);
      if (progress.isLate) return null;
    }
    progress.isSent = true;
    const lossesBefore = losses.count;
    try {
      const reply = await runCached(run, progress);
      if (losses.count !== lossesBefore) run.onUnconfirmed?.();
      return reply;
    } catch (error) {
      if (!isErrorReply(error)) run.onUnconfirmed?.();
      throw error;
    }
  };

  return (run) =>
    new Promise((resolve, reject) => {
      const progress = { isSent: false, isLate: false };
      // First of all: while Redis works, this process does the rest.
      const answer = send(run, progress);
      const sentAtMs = performance.now();
      const timer = setTimeout(() => {
        progress.isLate = true;
        if (progress.isSent) run.onUnconfirmed?.();
        connection.unanswered(sentAtMs);
        reject(unavailable(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      answer.then(
        (reply) => {
          connection.answered();
          if (progress.isLate) return reply === null ? undefined : run.onLate?.(reply);
          clearTimeout(timer);
          resolve(reply);
        },
        (error: unknown) => {
          clearTimeout(timer);
          const why = error instanceof Error ? error.message : String(error);
          // Redis 6 reports it from inside the script.
          if (/\bREADONLY\b/.test(why)) connection.refused();
          if (!progress.isLate) reject(AgentBotError.isInstance(error) ? error : unavailable(why, error));
        },
      );
    });
}

/** Redis itself answered, with an error: the script has not run to its end, and not twice. */
function isErrorReply(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError";
}

function whenReady(client: RedisClient): Promise<void> {
  return new Promise((resolve) => {
    const onReady = (): void => {
      client.off("ready", onReady);
      resolve();
    };
    client.on("ready", onReady);
  });
}
