import { z } from "zod";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { Clock } from "../../ports/clock.js";
import type { Conversation } from "../../ports/conversation.js";
import type { Logger } from "../../ports/logger.js";
import type { Task } from "../../task/task.js";
import type { EndOfRun } from "../end-of-run.js";
import type { PerformEffect } from "../run/perform-effect.js";
import { renderEnd, renderProgress, renderRetry } from "./render-status.js";
import { statusMarker } from "./status-marker.js";

const postedMessage = z.object({ id: z.string(), url: z.string() });

/** The one comment of a task, edited as the task moves. */
export interface StatusComment {
  /** Shows what the task is doing. A provider that is down costs the sentence, never the task. */
  show(step: string): Promise<void>;
  /** Shows that an attempt failed and another follows, as `show` does. */
  showRetry(): Promise<void>;
  /** Shows how the task ended; throws when the provider may take it later, so that the end is told before it is stored. */
  showEnd(end: EndOfRun): Promise<void>;
}

/** What a {@link StatusComment} works with. */
export interface StatusCommentParts {
  readonly task: Task;
  readonly botName: string;
  readonly conversation: Conversation;
  readonly perform: PerformEffect;
  readonly clock: Clock;
  /** How long the provider may be slow to list what was posted, in milliseconds. */
  readonly recheckDelayMs: number;
  /** Aborts when the run is stopped; nothing more is shown then but the end. */
  readonly signal: AbortSignal;
  /** Aborts only when the lease is lost: a stopped task's end is still told. */
  readonly leaseSignal: AbortSignal;
  /** Throws when the lease is lost, also where nobody has noticed yet. */
  readonly assertHeld: () => void;
  readonly logger: Logger;
}

/** Makes the status comment of one run; the first thing shown posts it, unless an earlier attempt has. */
export function createStatusComment(parts: StatusCommentParts): StatusComment {
  const { task, botName, conversation, perform, clock, recheckDelayMs, signal, leaseSignal, assertHeld, logger } =
    parts;
  const request = { origin: task.origin, marker: statusMarker(task.id), signal: leaseSignal };
  let messageId: string | null = null;
  let shown: string | null = null;
  // Another run, or a try whose answer was lost, may have posted one that the provider does not list yet.
  let mayHaveDuplicates = task.fence > 1;
  let postedAtMs = Number.NEGATIVE_INFINITY;

  const findOldest = async (): Promise<{ id: string; url: string } | null> => {
    const [oldest, ...duplicates] = await conversation.findStatus(request);
    for (const { id } of duplicates) await remove(id);
    return oldest ? { id: oldest.id, url: oldest.url } : null;
  };

  const remove = async (id: string): Promise<void> => {
    assertHeld();
    await conversation.removeStatus({ ...request, id }).catch((error: unknown) => {
      logger.warn({ err: error }, "A duplicate of the status comment could not be removed");
    });
  };

  const write = async (body: string): Promise<void> => {
    assertHeld();
    if (body === shown) return;
    if (messageId === null) {
      const perhapsPosted = await perform({
        kind: "status-comment",
        find: findOldest,
        perform: async () => {
          postedAtMs = clock.monotonicMs();
          const { id, url } = await conversation.postStatus({ ...request, body }).catch((error: unknown) => {
            mayHaveDuplicates = true;
            throw error;
          });
          shown = body;
          return { id, url };
        },
      });
      messageId = postedMessage.parse(perhapsPosted).id;
    }
    if (shown !== body) messageId = await update(messageId, body);
    shown = body;
  };

  /** Writes into the comment; into the oldest of ours where this one is gone, as a duplicate that was removed. */
  const update = async (id: string, body: string): Promise<string> => {
    assertHeld();
    try {
      await conversation.updateStatus({ ...request, body, id });
      return id;
    } catch (error) {
      if (!mayHaveDuplicates || !AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
      const oldest = await findOldest();
      if (oldest === null || oldest.id === id) throw error;
      assertHeld();
      await conversation.updateStatus({ ...request, body, id: oldest.id });
      return oldest.id;
    }
  };

  /** The end is told once, in the oldest: by now the provider lists what had been posted. */
  const reduceDuplicates = async (): Promise<void> => {
    if (messageId === null || !mayHaveDuplicates) return;
    await clock.sleep(postedAtMs + recheckDelayMs - clock.monotonicMs(), leaseSignal);
    leaseSignal.throwIfAborted();
    const oldest = await findOldest();
    if (oldest === null || oldest.id === messageId) return;
    // The one that was written into until now may not be listed yet.
    await remove(messageId);
    messageId = oldest.id;
    shown = null;
  };

  const writeIfPossible = async (body: string): Promise<void> => {
    try {
      await write(body);
    } catch (error) {
      if (leaseSignal.aborted || AgentBotError.hasCode(error, "LEASE_LOST")) throw error;
      logger.warn({ err: error }, "The status comment could not be written; the task goes on");
    }
  };

  return {
    async show(step) {
      signal.throwIfAborted();
      await writeIfPossible(renderProgress(task, botName, step));
    },
    showRetry: () => writeIfPossible(renderRetry(task, botName)),
    async showEnd(end) {
      try {
        const body = renderEnd(task, botName, end);
        await write(body);
        await reduceDuplicates();
        await write(body);
      } catch (error) {
        // A provider that will never take it (the issue is gone or locked) must not keep the task from ending.
        if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
        logger.warn({ err: error }, "The provider refused the status comment; the task ends without it");
      }
    },
  };
}
