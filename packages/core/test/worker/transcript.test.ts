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

test("a line of an agent has bounds, whatever its runner emits: values, depth, the length of a text and of them all", async () => {
  let nested: unknown = "deep";
  for (let depth = 0; depth < 5000; depth += 1) nested = [nested];
  const data = {
    nested,
    long: "x".repeat(2_000_000),
    many: Array.from({ length: 100_000 }, (_, index) => index),
    ["__proto__"]: { own: true },
  };
  const bench = await createBench({
    script: async ({ emit }) => {
      emit({ type: "agent:message", data: JSON.parse(`{"__proto__":{"own":true}}`) });
      emit({ type: "agent:message", data: data as never });
      emit({ type: "agent:message", data: { many: data.many, rest: "after" } });
      return {};
    },
  });
  const taskId = await bench.ask();
  await bench.startWorker();
  await bench.ended(taskId);
  const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 100 });
  const [proto, long, many] = lines.filter(({ type }) => type === "agent:message").map(({ data: shown }) => shown);
  expect(Object.keys(proto ?? {})).toEqual(["__proto__"]);
  expect(String(long?.["long"])).toMatch(/^x{4090} \[cut\]$/);
  expect(JSON.stringify(long?.["nested"])).toContain("[deeper]");
  expect(JSON.stringify(many).length).toBeLessThan(10_000);
  expect(JSON.stringify(lines).length).toBeLessThan(30_000);
});

test("a transcript is full after 16 MiB of the agent's lines", async () => {
  const bench = await createBench({
    script: async ({ emit }) => {
      const texts = Array.from({ length: 16 }, () => "x".repeat(4000));
      for (let line = 0; line < 400; line += 1) emit({ type: "agent:message", data: { texts } });
      return {};
    },
  });
  const taskId = await bench.ask();
  await bench.startWorker();
  await bench.ended(taskId);
  const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 10_000 });
  expect(JSON.stringify(lines).length).toBeLessThan(17 * 1024 * 1024);
  expect(lines.filter(({ type }) => type === "agent:message").length).toBeGreaterThan(200);
  expect(lines.filter(({ type }) => type === "transcript:truncated")).toHaveLength(1);
  expect(lines.at(-1)?.type).toBe("task:settled");
});
