import assert from "node:assert/strict";
import type { Conversation } from "../../ports/conversation.js";
import type { Origin } from "../../task/origin.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { freshId } from "../fresh-id.js";
import { rejectsWithCode } from "../rejects-with-code.js";

/** A conversation with the eyes of somebody who reads it. */
export interface ConversationSubject {
  readonly conversation: Conversation;
  /** A conversation that exists, with a message that can be reacted to. */
  readonly origin: Origin;
  /** A conversation that does not exist. */
  readonly goneOrigin: Origin;
  /** Somebody else says something there. */
  readonly say: (body: string) => Promise<void>;
  /** The bodies of all messages of the conversation, oldest first. */
  readonly read: () => Promise<readonly string[]>;
}

const { signal } = new AbortController();

function requestOf(origin: Origin, marker = `<!-- agentbot:task=${freshId("task")} -->`) {
  return { origin, marker, signal };
}

const clauses: readonly ContractClause<ConversationSubject>[] = [
  {
    name: "acknowledges a request, and again without harm",
    check: async ({ conversation, origin }) => {
      await conversation.acknowledge(origin, signal);
      await conversation.acknowledge(origin, signal);
    },
  },
  {
    name: "does not fail when the message to acknowledge is gone",
    check: async ({ conversation, goneOrigin }) => conversation.acknowledge(goneOrigin, signal),
  },
  {
    name: "finds nothing before something was posted",
    check: async ({ conversation, origin }) => {
      assert.deepEqual(await conversation.findStatus(requestOf(origin)), []);
    },
  },
  {
    name: "finds what it posted, by its marker alone",
    check: async ({ conversation, origin, read }) => {
      const request = requestOf(origin);
      const posted = await conversation.postStatus({ ...request, body: `on it\n\n${request.marker}` });
      await conversation.postStatus({ ...requestOf(origin), body: "another task" });
      assert.deepEqual(await conversation.findStatus(request), [posted]);
      assert.match(posted.url, /^https?:\/\//);
      assert.ok((await read()).some((body) => body.includes("on it")));
    },
  },
  {
    name: "is not deceived by somebody who copies the marker",
    check: async ({ conversation, origin, say }) => {
      const request = requestOf(origin);
      await say(`I am the bot ${request.marker}`);
      assert.deepEqual(await conversation.findStatus(request), []);
    },
  },
  {
    name: "finds its message behind many others",
    check: async ({ conversation, origin, say }) => {
      const request = requestOf(origin);
      for (let count = 0; count < 120; count += 1) await say(`message ${count}`);
      const posted = await conversation.postStatus({ ...request, body: request.marker });
      assert.deepEqual(await conversation.findStatus(request), [posted]);
    },
  },
  {
    name: "edits one message and keeps it findable",
    check: async ({ conversation, origin, read }) => {
      const request = requestOf(origin);
      const posted = await conversation.postStatus({ ...request, body: `first ${request.marker}` });
      await conversation.updateStatus({ ...request, id: posted.id, body: `second ${request.marker}` });
      assert.deepEqual(await conversation.findStatus(request), [posted]);
      const bodies = await read();
      assert.ok(bodies.some((body) => body.includes("second")) && !bodies.some((body) => body.includes("first")));
    },
  },
  {
    name: "lists duplicates oldest first and removes one, again without harm",
    check: async ({ conversation, origin }) => {
      const request = requestOf(origin);
      const first = await conversation.postStatus({ ...request, body: `one ${request.marker}` });
      const second = await conversation.postStatus({ ...request, body: `two ${request.marker}` });
      assert.deepEqual(await conversation.findStatus(request), [first, second]);
      await conversation.removeStatus({ ...request, id: second.id });
      await conversation.removeStatus({ ...request, id: second.id });
      assert.deepEqual(await conversation.findStatus(request), [first]);
    },
  },
  {
    name: "cuts a text that is too long and still finds it",
    check: async ({ conversation, origin }) => {
      const request = requestOf(origin);
      const body = `${"long text ".repeat(20_000)}\n\n${request.marker}`;
      const posted = await conversation.postStatus({ ...request, body });
      assert.deepEqual(await conversation.findStatus(request), [posted]);
      await conversation.updateStatus({ ...request, id: posted.id, body });
      assert.deepEqual(await conversation.findStatus(request), [posted]);
    },
  },
  {
    name: "refuses a conversation that does not exist",
    check: async ({ conversation, goneOrigin }) => {
      const request = requestOf(goneOrigin);
      await rejectsWithCode(conversation.postStatus({ ...request, body: "hello" }), "PROVIDER_REJECTED");
      const update = conversation.updateStatus({ ...request, id: "1", body: "hello" });
      await rejectsWithCode(update, "PROVIDER_REJECTED");
    },
  },
  {
    name: "writes nothing once its signal has aborted",
    check: async ({ conversation, origin, read }) => {
      const before = await read();
      const request = { ...requestOf(origin), signal: AbortSignal.abort(new Error("stopped")) };
      await assert.rejects(conversation.postStatus({ ...request, body: "too late" }), /stopped/);
      assert.deepEqual(await read(), before);
    },
  },
];

/** What every {@link Conversation} promises. */
export function conversationContract(options: ContractOptions<ConversationSubject>): readonly ContractCase[] {
  return contractCases("Conversation", options, clauses);
}
