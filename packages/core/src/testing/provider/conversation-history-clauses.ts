import assert from "node:assert/strict";
import type { ContractClause } from "../contract-cases.js";
import type { ConversationSubject } from "./conversation-contract.js";
import { statusViewFixture } from "./status-view-fixture.js";

const { signal } = new AbortController();

const future = () => new Date(Date.now() + 86_400_000);

/** The texts of the history, oldest first, up to a moment. */
const texts = async (
  { conversation, origin }: ConversationSubject,
  until: Date = future(),
  maxCharacters = 100_000,
): Promise<readonly string[]> => {
  const { spans } = await conversation.history({ origin, until, maxCharacters }, { signal });
  return spans.map(({ text }) => text);
};

/** How a conversation is read before a task begins. */
export const conversationHistoryClauses: readonly ContractClause<ConversationSubject>[] = [
  {
    name: "reads what other accounts wrote, oldest first, each with source and author",
    check: async (subject) => {
      const { conversation, origin, say } = subject;
      for (const body of ["the first remark", "the second remark"]) await say(body);
      const history = await conversation.history({ origin, until: future(), maxCharacters: 100_000 }, { signal });
      assert.deepEqual(history.unreadable, []);
      const remarks = history.spans.filter(({ text }) => text.includes("remark"));
      assert.deepEqual(
        remarks.map(({ text }) => text),
        ["the first remark", "the second remark"],
      );
      for (const { source, authorId } of remarks) assert.ok(source.length > 0 && authorId !== null);
    },
  },
  {
    name: "leaves the bot's own status messages out of the history",
    check: async (subject) => {
      const { conversation, origin, say } = subject;
      await say("a remark");
      const view = statusViewFixture({ headline: "A sentence of the bot" });
      await conversation.postStatus({ origin, taskId: "0190a1b2-0000-7000-8000-000000000007", view }, { signal });
      const found = await texts(subject);
      assert.ok(found.includes("a remark"));
      assert.ok(!found.some((text) => text.includes(view.headline)));
    },
  },
  {
    name: "leaves out of the history what was written at its end or after",
    check: async (subject) => {
      const at = await subject.say("a remark");
      assert.ok(!(await texts(subject, at)).includes("a remark"));
      assert.ok((await texts(subject, new Date(at.getTime() + 1000))).includes("a remark"));
      assert.deepEqual(await texts(subject, new Date(0)), []);
    },
  },
  {
    name: "keeps the newest of a history that is too long",
    check: async (subject) => {
      const remarks = Array.from({ length: 130 }, (_, index) => `remark ${index} ${"x".repeat(90)}`);
      for (const remark of remarks) await subject.say(remark);
      const found = await texts(subject, future(), 1000);
      assert.ok(found.join("").length <= 1000, `${found.join("").length} characters are more than 1000`);
      const last = found.slice(-5);
      assert.deepEqual(last, remarks.slice(-5));
    },
  },
  {
    name: "stays within the limit of a history whose newest text alone is longer",
    check: async (subject) => {
      await subject.say(`a remark ${"x".repeat(5000)}`);
      assert.ok((await texts(subject, future(), 1000)).join("").length <= 1000);
    },
  },
  {
    name: "names a source of the history that cannot be read, and does not throw",
    check: async (subject) => {
      await subject.say("a remark");
      subject.failReading();
      const { origin, conversation } = subject;
      const history = await conversation.history({ origin, until: future(), maxCharacters: 100_000 }, { signal });
      assert.ok(history.unreadable.length > 0);
      for (const source of history.unreadable) assert.match(source, /^[a-z][\w ]+$/i);
      assert.ok(!history.spans.some(({ text }) => text === "a remark"));
    },
  },
  {
    name: "reads no history once its signal has aborted",
    check: async ({ conversation, origin }) => {
      const aborted = { signal: AbortSignal.abort(new Error("Stopped")) };
      await assert.rejects(conversation.history({ origin, until: future(), maxCharacters: 1000 }, aborted), /Stopped/);
    },
  },
];
