import type { ConversationHistory } from "../../ports/conversation.js";
import type { TextSpan } from "../../task/text-span.js";
import type { Stage } from "../stage.js";
import type { Admitted } from "./admit.js";

/** A task with the conversation in which it was requested. */
export interface Gathered extends Admitted {
  readonly history: ConversationHistory;
}

/** Maximum length of the conversation in a prompt, in UTF-16 units. */
const maxHistoryCharacters = 60_000;

const noHistory: ConversationHistory = { spans: [], unreadable: [] };

/** Reads the conversation up to the request. A source that fails is named in the prompt and never stops the task. */
export const gatherContext: Stage<Admitted, Gathered> = {
  name: "gather-context",
  run: async (admitted, { conversation, signal, deps }) => {
    const { task, checkpoint } = admitted;
    if (checkpoint?.isFinished) return { ...admitted, history: noHistory };
    const request = { origin: task.origin, until: task.occurredAt, maxCharacters: maxHistoryCharacters };
    try {
      const { spans, unreadable } = await conversation.history(request, { signal });
      return { ...admitted, history: { spans: newestWithin(spans, maxHistoryCharacters), unreadable } };
    } catch (error) {
      signal.throwIfAborted();
      deps.logger.warn({ err: error }, "The conversation could not be read; the agent works without it");
      return { ...admitted, history: { spans: [], unreadable: ["earlier messages"] } };
    }
  },
};

/** Providers keep the bound themselves; a provider that does not must not fill the agent's context. */
function newestWithin(spans: readonly TextSpan[], maxCharacters: number): readonly TextSpan[] {
  let leftCharacters = maxCharacters;
  const firstKept = spans.findLastIndex(({ text }) => {
    leftCharacters -= text.length;
    return leftCharacters < 0;
  });
  return spans.slice(firstKept + 1);
}
