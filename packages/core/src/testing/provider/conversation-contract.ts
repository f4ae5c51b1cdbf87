import assert from "node:assert/strict";
import type { Conversation, StatusView } from "../../ports/conversation.js";
import type { Origin } from "../../task/origin.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { conversationHistoryClauses } from "./conversation-history-clauses.js";
import { statusViewFixture } from "./status-view-fixture.js";

/** A conversation at its provider, with the means of another participant. */
export interface ConversationSubject {
  /** The conversation under test. */
  readonly conversation: Conversation;
  /** A conversation that exists, with a message that can be reacted to. */
  readonly origin: Origin;
  /** A conversation that does not exist. */
  readonly goneOrigin: Origin;
  /** Another account writes a message there. Returns the moment at which it was written, by the provider's clock. */
  readonly say: (body: string) => Promise<Date>;
  /** The stored bodies of all messages of the conversation, oldest first. */
  readonly read: () => Promise<readonly string[]>;
  /** Returns the visible part of a stored body, without what the provider hides. @defaultValue all of it */
  readonly show?: (body: string) => string;
  /** Makes the provider fail from now on when messages of the conversation are listed. */
  readonly failReading: () => void;
}

const { signal } = new AbortController();

const requestOf = (origin: Origin) => ({ origin, taskId: newTaskId() });

/** Returns the visible parts of all messages. */
const shown = async ({ read, show = (body) => body }: ConversationSubject): Promise<string> =>
  (await read()).map(show).join("\n");

const states: readonly StatusView["state"][] = ["working", "waiting", "asking", "succeeded", "failed", "cancelled"];

const clauses: readonly ContractClause<ConversationSubject>[] = [
  {
    name: "acknowledges a request, and again without harm",
    check: async ({ conversation, origin }) => {
      await conversation.acknowledge(origin, { signal });
      await conversation.acknowledge(origin, { signal });
    },
  },
  {
    name: "does not fail when the message to acknowledge is gone, or there is none",
    check: async ({ conversation, origin, goneOrigin }) => {
      await conversation.acknowledge(goneOrigin, { signal });
      await conversation.acknowledge({ ...origin, message: null }, { signal });
    },
  },
  {
    name: "finds nothing before something was posted",
    check: async ({ conversation, origin }) => {
      assert.deepEqual(await conversation.findStatus(requestOf(origin), { signal }), []);
    },
  },
  {
    name: "finds what it posted, by its task alone",
    check: async ({ conversation, origin, ...subject }) => {
      const request = requestOf(origin);
      const posted = await conversation.postStatus({ ...request, view: statusViewFixture() }, { signal });
      await conversation.postStatus({ ...requestOf(origin), view: statusViewFixture() }, { signal });
      assert.deepEqual(await conversation.findStatus(request, { signal }), [posted]);
      assert.match(posted.url, /^https?:\/\//);
      assert.equal((await subject.read()).length, 2);
    },
  },
  {
    name: "shows headline, steps, summary and links, and hides the task's mark",
    check: async (subject) => {
      const { conversation, origin } = subject;
      const request = requestOf(origin);
      const view = statusViewFixture({
        summaryMarkdown: "Waited for the server before the first request",
        links: [{ label: "Pull request 12", url: "https://acme.example/pull/12" }],
      });
      await conversation.postStatus({ ...request, view }, { signal });
      const text = await shown(subject);
      const { headline, steps, summaryMarkdown, links } = view;
      const wanted = [headline, summaryMarkdown ?? "", ...[...steps, ...links].map(({ label }) => label)];
      for (const words of [...wanted, ...links.map(({ url }) => url)]) {
        assert.ok(text.includes(words), `the message does not show "${words}"`);
      }
      assert.ok(!text.includes(request.taskId), "the message shows the task's mark");
    },
  },
  {
    name: "renders every state, with and without steps, links and actions",
    check: async ({ conversation, origin }) => {
      const request = requestOf(origin);
      const posted = await conversation.postStatus({ ...request, view: statusViewFixture() }, { signal });
      for (const state of states) {
        const empty = { steps: [], links: [], actions: [], summaryMarkdown: null };
        for (const view of [statusViewFixture({ state }), statusViewFixture({ state, ...empty })]) {
          await conversation.updateStatus({ ...request, id: posted.id, view }, { signal });
        }
      }
      assert.deepEqual(await conversation.findStatus(request, { signal }), [posted]);
    },
  },
  {
    name: "is not deceived by another account that copies a status message",
    check: async ({ conversation, origin, say, read }) => {
      const request = requestOf(origin);
      const posted = await conversation.postStatus({ ...request, view: statusViewFixture() }, { signal });
      const [body = ""] = (await read()).slice(-1);
      await conversation.removeStatus({ ...request, id: posted.id }, { signal });
      await say(body);
      assert.deepEqual(await conversation.findStatus(request, { signal }), []);
    },
  },
  {
    name: "finds its message behind many others",
    check: async ({ conversation, origin, say }) => {
      const request = requestOf(origin);
      for (let count = 0; count < 120; count += 1) await say(`message ${count}`);
      const posted = await conversation.postStatus({ ...request, view: statusViewFixture() }, { signal });
      assert.deepEqual(await conversation.findStatus(request, { signal }), [posted]);
    },
  },
  {
    name: "edits one message and keeps it findable",
    check: async (subject) => {
      const { conversation, origin } = subject;
      const request = requestOf(origin);
      const first = statusViewFixture({ headline: "The first sentence" });
      const posted = await conversation.postStatus({ ...request, view: first }, { signal });
      const second = statusViewFixture({ headline: "The second sentence" });
      await conversation.updateStatus({ ...request, id: posted.id, view: second }, { signal });
      assert.deepEqual(await conversation.findStatus(request, { signal }), [posted]);
      const text = await shown(subject);
      assert.ok(text.includes(second.headline) && !text.includes(first.headline));
    },
  },
  {
    name: "lists duplicates oldest first and removes one, again without harm",
    check: async ({ conversation, origin }) => {
      const request = requestOf(origin);
      const first = await conversation.postStatus({ ...request, view: statusViewFixture() }, { signal });
      const second = await conversation.postStatus({ ...request, view: statusViewFixture() }, { signal });
      assert.deepEqual(await conversation.findStatus(request, { signal }), [first, second]);
      await conversation.removeStatus({ ...request, id: second.id }, { signal });
      await conversation.removeStatus({ ...request, id: second.id }, { signal });
      assert.deepEqual(await conversation.findStatus(request, { signal }), [first]);
    },
  },
  {
    name: "cuts a summary that is longer than the provider's limit, and keeps headline, links and mark",
    check: async (subject) => {
      const { conversation, origin } = subject;
      const request = requestOf(origin);
      const view = statusViewFixture({
        summaryMarkdown: "long text ".repeat(20_000),
        links: [{ label: "Pull request 12", url: "https://acme.example/pull/12" }],
      });
      const posted = await conversation.postStatus({ ...request, view }, { signal });
      for (const round of ["posted", "updated"]) {
        assert.deepEqual(await conversation.findStatus(request, { signal }), [posted], `lost once ${round}`);
        const text = await shown(subject);
        assert.ok(text.includes(view.headline) && text.includes("https://acme.example/pull/12"));
        await conversation.updateStatus({ ...request, id: posted.id, view }, { signal });
      }
    },
  },
  {
    name: "refuses a conversation that does not exist",
    check: async ({ conversation, goneOrigin }) => {
      const request = { ...requestOf(goneOrigin), view: statusViewFixture() };
      await rejectsWithCode(conversation.postStatus(request, { signal }), "PROVIDER_REJECTED");
      await rejectsWithCode(conversation.updateStatus({ ...request, id: "1" }, { signal }), "PROVIDER_REJECTED");
    },
  },
  {
    name: "writes nothing once its signal has aborted",
    check: async ({ conversation, origin, read }) => {
      const before = await read();
      const aborted = { signal: AbortSignal.abort(new Error("Stopped")) };
      const request = { ...requestOf(origin), view: statusViewFixture() };
      await assert.rejects(conversation.postStatus(request, aborted), /Stopped/);
      assert.deepEqual(await read(), before);
    },
  },
];

/** The contract of the port {@link Conversation}. */
export function conversationContract(options: ContractOptions<ConversationSubject>): readonly ContractCase[] {
  return contractCases("Conversation", options, [...clauses, ...conversationHistoryClauses]);
}
