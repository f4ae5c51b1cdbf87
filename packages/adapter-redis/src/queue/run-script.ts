import { AgentBotError } from "@agentbot/core";
import { connectionLosses } from "../connection/connection-losses.js";
import { describeAddress } from "../connection/describe-address.js";
import type { RedisClient } from "../connection/redis-client.js";
import { createConnectionReplacer } from "../connection/replace-connection.js";
import type { RedisScript } from "./scripts/redis-script.js";

/** One run of a script. */
export interface ScriptRun {
  readonly script: RedisScript;
  readonly args: readonly (string | number)[];
  /** Redis did not know the script: it runs later than what was sent after it. May still change `args`. */
  readonly onUnknown?: () => void;
  /** Told of an answer that came after the deadline, when nobody waits for it any more. */
  readonly onLate?: (reply: unknown) => void;
  /**
   * It was sent, and may have run though no answer came in time, or twice because the client sent it again; told before the
   * promise settles. A Cluster client does not say that it sent something again.
   */
  readonly onDoubt?: () => void;
}

/** How far a run has come. */
interface Progress {
  isSent: boolean;
  /** Its caller was told that it failed: what is not sent yet must not happen. */
  isLate: boolean;
}

/** Runs a queue's scripts. */
export type ScriptRunner = (run: ScriptRun) => Promise<unknown>;

/**
 * Runs scripts by their hash, sends the text where Redis does not know it (a restart, a flush, a failover), and waits at
 * most `timeoutMs`, whatever the client itself would wait.
 *
 * Throws AgentBotError `QUEUE_UNAVAILABLE`.
 */
export function createScriptRunner(client: RedisClient, keys: readonly string[], timeoutMs: number): ScriptRunner {
  const unavailable = (why: string, cause?: unknown): AgentBotError =>
    new AgentBotError("QUEUE_UNAVAILABLE", `The queue on Redis at ${describeAddress(client)}: ${why}`, { cause });

  const connection = createConnectionReplacer(client);
  const losses = connectionLosses(client);

  // A connection that is being made for the first time is worth waiting for; one that was lost is not.
  let firstReady: Promise<void> | null = client.status === "ready" ? null : whenReady(client);
  void firstReady?.then(() => {
    firstReady = null;
  });

  const runKnown = async ({ script, args, onUnknown }: ScriptRun, progress: Progress): Promise<unknown> => {
    try {
      return await client.call("evalsha", [script.sha, keys.length, ...keys, ...args]);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT")) || progress.isLate) throw error;
      onUnknown?.();
      return await client.call("eval", [script.text, keys.length, ...keys, ...args]);
    }
  };

  const send = async (run: ScriptRun, progress: Progress): Promise<unknown> => {
    if (client.status !== "ready") {
      if (!firstReady) throw unavailable(`the connection is "${client.status}"`);
      if (client.status === "wait") client.connect().catch(() => {});
      await firstReady;
      if (progress.isLate) return null;
    }
    progress.isSent = true;
    const lossesBefore = losses.count;
    try {
      const reply = await runKnown(run, progress);
      if (losses.count !== lossesBefore) run.onDoubt?.();
      return reply;
    } catch (error) {
      if (!isErrorReply(error)) run.onDoubt?.();
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
        if (progress.isSent) run.onDoubt?.();
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
          // Redis 6 tells of it from inside the script.
          if (/\bREADONLY\b/.test(why)) connection.refused();
          if (!progress.isLate) reject(AgentBotError.isInstance(error) ? error : unavailable(why, error));
        },
      );
    });
}

/** Redis itself answered, with an error: then nothing of the run is in doubt. */
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
