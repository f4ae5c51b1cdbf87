import { AgentBotError } from "../../errors/agentbot-error.js";
import type { Conversation, StatusMessage } from "../../ports/conversation.js";
import type { Origin } from "../../task/origin.js";
import { capText } from "../../text/cap-text.js";

/** The longest message the fake provider stores, in UTF-16 units. */
const maxCommentLength = 65_536;

/** A message of the fake provider, the bot's or somebody's. */
export interface FakePosting {
  readonly id: string;
  readonly conversation: string;
  readonly isOurs: boolean;
  body: string;
}

/** The talking side of the fake provider, and what was said. */
export interface FakeConversation extends Conversation {
  readonly messages: readonly FakePosting[];
  /** `conversation` and message of each request that was acknowledged. */
  readonly acknowledged: readonly string[];
  /** Somebody else says something. */
  say(conversation: string, body: string): void;
}

/** Remembers messages; a conversation that ends in `#0` does not exist. */
export function createFakeConversation(name: string): FakeConversation {
  const messages: FakePosting[] = [];
  const acknowledged = new Set<string>();
  let lastId = 0;

  const enter = (origin: Origin, signal: AbortSignal): void => {
    signal.throwIfAborted();
    if (!origin.conversation.endsWith("#0")) return;
    throw new AgentBotError("PROVIDER_REJECTED", `${name} has no conversation ${origin.conversation}`);
  };
  const find = (origin: Origin, id: string): FakePosting => {
    const found = messages.find((each) => each.id === id && each.isOurs && each.conversation === origin.conversation);
    if (found) return found;
    throw new AgentBotError("PROVIDER_REJECTED", `${name} has no message ${id} of ours in ${origin.conversation}`);
  };
  const add = (conversation: string, body: string, isOurs: boolean): StatusMessage => {
    lastId += 1;
    const id = String(lastId);
    messages.push({ id, conversation, isOurs, body });
    return { id, url: `https://${name}.example/messages/${id}` };
  };
  const fit = (body: string, marker: string): string =>
    body.length <= maxCommentLength && body.includes(marker)
      ? body
      : `${capText(body.replaceAll(marker, ""), maxCommentLength - marker.length - 1)}\n${marker}`;

  return {
    messages,
    get acknowledged() {
      return [...acknowledged];
    },
    say: (conversation, body) => void add(conversation, body, false),
    async acknowledge(origin, signal) {
      signal.throwIfAborted();
      acknowledged.add(`${origin.conversation} ${origin.message}`);
    },
    async findStatus({ origin, marker, signal }) {
      enter(origin, signal);
      return messages
        .filter((each) => each.isOurs && each.conversation === origin.conversation && each.body.includes(marker))
        .map(({ id }) => ({ id, url: `https://${name}.example/messages/${id}` }));
    },
    async postStatus({ origin, marker, body, signal }) {
      enter(origin, signal);
      return add(origin.conversation, fit(body, marker), true);
    },
    async updateStatus({ origin, marker, body, id, signal }) {
      enter(origin, signal);
      find(origin, id).body = fit(body, marker);
    },
    async removeStatus({ origin, id, signal }) {
      enter(origin, signal);
      const index = messages.findIndex((each) => each.id === id && each.isOurs);
      if (index !== -1) messages.splice(index, 1);
    },
  };
}
