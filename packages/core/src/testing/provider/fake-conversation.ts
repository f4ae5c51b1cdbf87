import { AgentBotError } from "../../errors/agentbot-error.js";
import type { Conversation, StatusMessage, StatusStep, StatusView } from "../../ports/conversation.js";
import type { Origin } from "../../task/origin.js";
import type { TextSpan } from "../../task/text-span.js";
import { capText } from "../../text/cap-text.js";

/** The longest message the fake provider stores, in UTF-16 units. */
const maxMessageLength = 65_536;

/** A message of the fake provider, the bot's or another account's. */
export interface FakePosting {
  /** The provider's id of it. */
  readonly id: string;
  /** The address of its conversation. */
  readonly conversation: string;
  /** When it was written. */
  readonly at: Date;
  /** The task whose status it shows; null for a message of another account. */
  readonly taskId: string | null;
  /** The view that it shows; null for a message of another account. */
  view: StatusView | null;
  /** The view as text, or the words of the other account. */
  body: string;
}

/** The talking side of the fake provider, and its messages. */
export interface FakeConversation extends Conversation {
  /** Every message that is there, oldest first. */
  readonly messages: readonly FakePosting[];
  /** `conversation` and message of each request that was acknowledged. */
  readonly acknowledged: readonly string[];
  /** Another account writes a message; returns its time. */
  say(conversation: string, body: string): Date;
  /** Makes every later reading of a conversation fail. */
  failReading(): void;
}

const stepMarks: Readonly<Record<StatusStep["state"], string>> = { done: "[x]", current: "[>]", pending: "[ ]" };

function render({ headline, steps, summaryMarkdown, links, actions }: StatusView): string {
  const head = [headline, ...steps.map(({ label, state }) => `${stepMarks[state]} ${label}`)];
  const tail = [
    ...links.map(({ label, url }) => `${label}: ${url}`),
    ...(actions.length > 0 ? [`Actions: ${actions.join(", ")}`] : []),
  ];
  const room = maxMessageLength - [...head, ...tail].join("\n").length - 2;
  const summary = summaryMarkdown === null ? [] : [capText(summaryMarkdown, Math.max(0, room))];
  return [...head, ...summary, ...tail].join("\n");
}

/** The newest spans whose texts are together at most `maxCharacters` long. */
function newestSpans(spans: readonly TextSpan[], maxCharacters: number): readonly TextSpan[] {
  let room = maxCharacters;
  const first = spans.findLastIndex(({ text }) => {
    room -= text.length;
    return room < 0;
  });
  return spans.slice(first + 1);
}

/** Creates an empty conversation. A conversation whose address ends in `#0` does not exist. */
export function createFakeConversation(name: string): FakeConversation {
  const messages: FakePosting[] = [];
  const acknowledged = new Set<string>();
  let lastId = 0;
  let isReadable = true;

  const urlOf = (id: string): string => `https://${name}.example/messages/${id}`;
  const enter = (origin: Origin, signal: AbortSignal): void => {
    signal.throwIfAborted();
    if (!origin.conversation.endsWith("#0")) return;
    throw new AgentBotError("PROVIDER_REJECTED", `${name} has no conversation ${origin.conversation}`);
  };
  const add = (message: Omit<FakePosting, "id" | "at">): FakePosting => {
    lastId += 1;
    const posting = { id: String(lastId), at: new Date(), ...message };
    messages.push(posting);
    return posting;
  };
  const statusesOf = (origin: Origin, taskId: string): readonly FakePosting[] =>
    messages.filter((each) => each.taskId === taskId && each.conversation === origin.conversation);

  return {
    messages,
    get acknowledged() {
      return [...acknowledged];
    },
    say: (conversation, body) => add({ conversation, body, taskId: null, view: null }).at,
    failReading() {
      isReadable = false;
    },
    async acknowledge(origin, { signal }) {
      signal.throwIfAborted();
      acknowledged.add(`${origin.conversation} ${origin.message}`);
    },
    async findStatus({ origin, taskId }, { signal }) {
      enter(origin, signal);
      return statusesOf(origin, taskId).map(({ id }) => ({ id, url: urlOf(id) }));
    },
    async postStatus({ origin, taskId, view }, { signal }): Promise<StatusMessage> {
      enter(origin, signal);
      const { id } = add({ conversation: origin.conversation, body: render(view), taskId, view });
      return { id, url: urlOf(id) };
    },
    async updateStatus({ origin, taskId, view, id }, { signal }) {
      enter(origin, signal);
      const found = statusesOf(origin, taskId).find((each) => each.id === id);
      if (!found) throw new AgentBotError("PROVIDER_REJECTED", `${name} has no status message ${id} of ${taskId}`);
      found.view = view;
      found.body = render(view);
    },
    async removeStatus({ origin, taskId, id }, { signal }) {
      enter(origin, signal);
      const found = statusesOf(origin, taskId).find((each) => each.id === id);
      if (found) messages.splice(messages.indexOf(found), 1);
    },
    async history({ origin, until, maxCharacters }, { signal }) {
      signal.throwIfAborted();
      if (!isReadable) return { spans: [], unreadable: ["messages"] };
      const said = messages.filter(
        ({ conversation, taskId, at }) => conversation === origin.conversation && taskId === null && at < until,
      );
      const spans = said.map(({ body }) => ({ source: "message", authorId: "2", permission: null, text: body }));
      return { spans: newestSpans(spans, maxCharacters), unreadable: [] };
    },
  };
}
