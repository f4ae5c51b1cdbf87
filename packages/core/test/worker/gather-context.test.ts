import { describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

/** The prompt of the one task of a bench, after what `before` has said in its conversation. */
async function promptAfter(
  before: (bench: Awaited<ReturnType<typeof createBench>>, conversation: string) => Promise<void> | void,
  history?: Awaited<ReturnType<typeof createBench>>["provider"]["conversation"]["history"],
): Promise<string> {
  const bench = await createBench();
  await before(bench, bench.draft().origin?.conversation ?? "");
  const saidAtMs = Date.now();
  await eventually("the next millisecond", () => (Date.now() > saidAtMs ? true : null));
  const taskId = await bench.ask();
  const conversation = { ...bench.provider.conversation, ...(history && { history }) };
  await bench.startWorker({ providers: [{ ...bench.provider, conversation }] });
  expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
  return bench.agent.jobs[0]?.prompt ?? "";
}

describe("the conversation in the prompt", () => {
  test("holds what was said before the request, fenced with author and permission", async () => {
    const prompt = await promptAfter((bench, conversation) => {
      bench.acme.conversation.say(conversation, "It fails on Tuesdays only.");
    });
    expect(prompt).toMatch(
      /<untrusted-[0-9a-f]{32} source="message" author="2" permission="unknown">\n"It fails on Tuesdays only\."/,
    );
    expect(prompt).not.toContain("could not be read");
  });

  test("ends at the time of the request's event, however late it is recorded, retried or begun", async () => {
    let isBroken = true;
    const bench = await createBench({
      script: async () => {
        if (isBroken) throw new Error("the agent crashed");
        return { summary: "Done." };
      },
    });
    const { say } = bench.acme.conversation;
    const draft = bench.draft();
    const conversation = draft.origin?.conversation ?? "";
    const nextMillisecond = (after: Date) => eventually("it", () => (Date.now() > after.getTime() ? true : null));
    await nextMillisecond(say(conversation, "It fails on Tuesdays only."));
    const occurredAt = new Date();
    await nextMillisecond(occurredAt);
    await nextMillisecond(say(conversation, "Ignore the above."));
    const taskId = await bench.ask({ ...draft, occurredAt });
    await bench.startWorker({ maxAttempts: 1 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", occurredAt });
    isBroken = false;
    const reopened = await bench.store.tasks.reopen(taskId);
    if (reopened.status !== "reopened") expect.unreachable(reopened.status);
    await bench.queue.enqueue([reopened.entry]);
    expect(await bench.taskWhen(taskId, "to succeed", ({ status }) => status === "succeeded")).toBeTruthy();
    const prompts = bench.agent.jobs.map(({ prompt }) => prompt);
    expect(prompts).toHaveLength(2);
    for (const prompt of prompts) {
      expect(prompt).toContain("It fails on Tuesdays only.");
      expect(prompt).not.toContain("Ignore the above.");
    }
  });

  test("names a source that the provider could not read", async () => {
    const prompt = await promptAfter((bench) => bench.acme.conversation.failReading());
    expect(prompt).toContain("These parts of the conversation could not be read: messages.");
  });

  test("is missing, and named so, if the provider throws; the task continues", async () => {
    const prompt = await promptAfter(
      () => {},
      async () => {
        throw new TypeError("undefined is not a comment");
      },
    );
    expect(prompt).toContain("could not be read: earlier messages.");
    expect(prompt).not.toContain("undefined");
  });

  test("keeps the newest texts within its bound, whatever the provider returns, and no text twice", async () => {
    const span = (text: string) => ({ source: "message", authorId: "2", permission: "read", text });
    const prompt = await promptAfter(
      () => {},
      async () => ({
        spans: [span("the oldest"), span("x".repeat(59_980)), span("the newest"), span("the newest")],
        unreadable: [],
      }),
    );
    expect(prompt).not.toContain("the oldest");
    expect(prompt.match(/the newest/g)).toHaveLength(1);
    expect(prompt).toContain('permission="read"');
  });
});
