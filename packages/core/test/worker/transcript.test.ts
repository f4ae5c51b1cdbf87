import { describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

describe("a transcript", () => {
  test("of an endless agent is cut with a line that shows it, and still has the end", async () => {
    const bench = await createBench({
      script: async ({ say }) => {
        for (let line = 0; line < 6000; line += 1) say(`${line}`);
        return {};
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker();
    await bench.ended(taskId);
    const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 10_000 });
    expect(lines.filter(({ type }) => type === "agent:message")).toHaveLength(4999);
    expect(lines.filter(({ type }) => type === "transcript:truncated")).toHaveLength(1);
    expect(lines.at(-1)?.type).toBe("task:settled");
  });

  test("that cannot be stored costs its lines, not the task", async () => {
    const bench = await createBench();
    const append = async (): Promise<never> => {
      throw new Error("the table is gone");
    };
    const store = { ...bench.store, transcript: { ...bench.store.transcript, append } };
    const taskId = await bench.ask();
    await bench.startWorker({ store });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("wakes its readers while the agent is still at work", async () => {
    let release = (): void => {};
    const bench = await createBench({
      script: async ({ say }) => {
        say("I am reading the tests.");
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return {};
      },
    });
    const taskId = await bench.ask();
    let pubSub = 0;
    bench.pubSub.subscribe(`task:${taskId}`, () => {
      pubSub += 1;
    });
    await bench.startWorker();
    await eventually("the message", async () => {
      const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 100 });
      return lines.find(({ type }) => type === "agent:message") ?? null;
    });
    expect(pubSub).toBeGreaterThan(0);
    expect(await bench.task(taskId)).toMatchObject({ status: "running" });
    release();
    await bench.ended(taskId);
  });
});
