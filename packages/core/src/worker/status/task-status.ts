import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { Clock } from "../../ports/clock.js";
import type { Conversation, StatusView } from "../../ports/conversation.js";
import type { Effect } from "../../ports/effect-ledger.js";
import type { Logger } from "../../ports/logger.js";
import { isConversationGone } from "../../reasons/explain.js";
import type { Task } from "../../task/task.js";
import type { HeldRun } from "../run/hold-run.js";
import type { PerformEffect } from "../run/perform-effect.js";
import type { ShownEnd } from "../stage.js";
import { endView, progressView, type StepLabel, type WordView, waitingView } from "./status-views.js";

/** The effect that posts the message. */
export const statusEffect = "status-comment";

const postedMessage = z.object({ id: z.string(), url: z.string() });

/** How long a task waits without a message while access to it is not decided, in milliseconds. */
const shortWaitMs = 60_000;

/**
 * Returns true once a task has waited for longer than an outage of seconds: from then on its thread shows that it waits, even
 * to an actor whose access could not be decided.
 */
export function isLongWait({ startedAt, createdAt }: Pick<Task, "startedAt" | "createdAt">, clock: Clock): boolean {
  return clock.now().getTime() - (startedAt ?? createdAt).getTime() >= shortWaitMs;
}

/** The one status message of a task, edited as the task moves. */
export interface TaskStatusMessage {
  /**
   * Shows a step. A provider that is down costs the view, never the task.
   *
   * @throws AgentBotError `PROVIDER_REJECTED` if the conversation is gone, unless an earlier run had begun to publish
   */
  showStep(step: StepLabel): Promise<void>;
  /**
   * Shows why the task waits; failures as for `showStep`. Only a message that exists shows it, unless `mayPost`: an actor
   * whose access could not be decided yet gets none.
   */
  showWait(
    wait: { readonly reason: string; readonly explanation: string },
    options: { readonly mayPost: boolean },
  ): Promise<void>;
  /** Shows how the task ended; throws if the provider may accept it later, so that the end is shown before it is stored. */
  showEnd(shown: ShownEnd): Promise<void>;
}

/** Dependencies of {@link createTaskStatus}. */
export interface TaskStatusDeps extends Pick<HeldRun, "signal" | "leaseSignal" | "assertHeld" | "wasPublishing"> {
  readonly task: Pick<Task, "id" | "origin" | "fence" | "occurredAt">;
  readonly botName: string;
  readonly word: WordView;
  readonly conversation: Conversation;
  readonly perform: PerformEffect;
  /** Returns the effect by which an earlier run has posted the message, or tried to. */
  readonly findPosted: () => Promise<Effect | null>;
  readonly clock: Clock;
  /** How long the provider may take to list a message that was posted, in milliseconds. */
  readonly recheckDelayMs: number;
  readonly logger: Logger;
}

/** The first view posts the message, unless an earlier attempt has posted it. */
export function createTaskStatus(deps: TaskStatusDeps): TaskStatusMessage {
  const { task, botName, word, conversation, perform, findPosted, clock, recheckDelayMs } = deps;
  const { signal, leaseSignal, assertHeld, wasPublishing, logger } = deps;
  const request = { origin: task.origin, taskId: task.id };
  const search = { ...request, since: task.occurredAt };
  const untilLost = { signal: leaseSignal };
  let messageId: string | null = null;
  let shown: StatusView | null = null;
  // Another run, or a call whose answer was lost, may have posted a message that the provider does not list yet.
  let mayHaveDuplicates = task.fence > 1;
  let postedAtMs = Number.NEGATIVE_INFINITY;

  const findOldest = async (): Promise<{ id: string; url: string } | null> => {
    const [oldest, ...duplicates] = await conversation.findStatus(search, untilLost);
    for (const { id } of duplicates) await remove(id);
    return oldest ? { id: oldest.id, url: oldest.url } : null;
  };

  /** Returns false if there is no message yet. */
  const takeUp = async (): Promise<boolean> => {
    const posted = messageId === null ? await findPosted() : null;
    if (posted) messageId = (posted.performedAt ? postedMessage.parse(posted.result) : await findOldest())?.id ?? null;
    return messageId !== null;
  };

  const remove = async (id: string): Promise<void> => {
    assertHeld();
    await conversation.removeStatus({ ...request, id }, untilLost).catch((error: unknown) => {
      logger.warn({ err: error }, "A duplicate of the status message could not be removed");
    });
  };

  const write = async (view: StatusView): Promise<void> => {
    assertHeld();
    if (isDeepStrictEqual(view, shown)) return;
    if (messageId === null) {
      const message = await perform({ kind: statusEffect, find: findOldest, perform: () => post(view) });
      messageId = postedMessage.parse(message).id;
    }
    if (!isDeepStrictEqual(view, shown)) messageId = await update(messageId, view);
    shown = view;
  };

  const post = async (view: StatusView): Promise<{ id: string; url: string }> => {
    postedAtMs = clock.monotonicMs();
    try {
      const { id, url } = await conversation.postStatus({ ...request, view }, untilLost);
      shown = view;
      return { id, url };
    } catch (error) {
      mayHaveDuplicates = true;
      throw error;
    }
  };

  /** Updates the message; where it is gone, the oldest one that is left, or a new one. */
  const update = async (id: string, view: StatusView): Promise<string> => {
    assertHeld();
    try {
      await conversation.updateStatus({ ...request, view, id }, untilLost);
      return id;
    } catch (error) {
      if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
      const oldest = await findOldest();
      // It was deleted; a conversation that is gone refuses the new one too.
      if (oldest === null) {
        assertHeld();
        return (await post(view)).id;
      }
      if (oldest.id === id) throw error;
      assertHeld();
      await conversation.updateStatus({ ...request, view, id: oldest.id }, untilLost);
      return oldest.id;
    }
  };

  /** Keeps the oldest message alone: by the end the provider lists everything that was posted. */
  const reduceDuplicates = async (): Promise<void> => {
    if (messageId === null || !mayHaveDuplicates) return;
    await clock.sleep(postedAtMs + recheckDelayMs - clock.monotonicMs(), leaseSignal);
    leaseSignal.throwIfAborted();
    const oldest = await findOldest();
    if (oldest === null || oldest.id === messageId) return;
    // The message that was updated until now may not be listed yet.
    await remove(messageId);
    messageId = oldest.id;
    shown = null;
  };

  /** Throws if the conversation is gone: its request is taken back, unless half of the change is visible already. */
  const assertConversation = async (error: unknown): Promise<void> => {
    if (wasPublishing || !isConversationGone(error)) return;
    // A provider may be slow to show a conversation that is new.
    await clock.sleep(recheckDelayMs, signal);
    signal.throwIfAborted();
    await conversation.findStatus(search, untilLost).catch((again: unknown) => {
      if (isConversationGone(again)) throw again;
    });
  };

  const ifPossible = async (show: () => Promise<void>, check = async (_error: unknown) => {}): Promise<void> => {
    try {
      await show();
    } catch (error) {
      if (leaseSignal.aborted || AgentBotError.hasCode(error, "LEASE_LOST")) throw error;
      await check(error);
      logger.warn({ err: error }, "The status message could not be written; the task continues");
    }
  };

  return {
    async showStep(step) {
      signal.throwIfAborted();
      await ifPossible(() => write(word(progressView(botName, step))), assertConversation);
    },
    showWait: (wait, { mayPost }) =>
      ifPossible(async () => {
        if (mayPost || (await takeUp())) await write(word(waitingView(botName, wait.explanation), wait));
      }),
    async showEnd({ end, isSilent }) {
      try {
        if (isSilent && !(await takeUp())) return;
        const view = word(
          endView(botName, end, task.origin.url),
          end.status === "succeeded" ? { result: end.result } : end,
        );
        await write(view);
        await reduceDuplicates();
        await write(view);
      } catch (error) {
        // A provider that will never accept it (the issue is gone or locked) must not keep the task from ending.
        if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) throw error;
        logger.warn({ err: error }, "The provider refused the status message; the task ends without it");
      }
    },
  };
}
