import { commandEntryFixture, eventually, queueEntryFixture } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { afterAll, expect, test } from "vitest";
import { startQueue } from "./support/start-queue.js";

// Nothing else waits on this server.
const { url, close } = await startPrivateRedis();
afterAll(close);
const signal = new AbortController().signal;

test("a claim of one kind leaves entries of the other kind where they are", async () => {
  await using started = startQueue(url);
  const [task, command] = [queueEntryFixture(), commandEntryFixture()];
  await started.queue.enqueue([command, task]);
  const entriesOf = async (kind: "task" | "command") =>
    (await started.claim(10, 600_000, kind)).map(({ entry }) => entry);
  expect(await entriesOf("task")).toEqual([task]);
  expect(await entriesOf("task")).toEqual([]);
  expect(await entriesOf("command")).toEqual([command]);
  expect(await entriesOf("command")).toEqual([]);
});

test.each(["this process", "another process"])(
  "each kind wakes the claim that waits for it, enqueued by %s",
  async (where) => {
    await using started = startQueue(url);
    await using other = startQueue(url, { name: started.name });
    const { queue } = where === "this process" ? started : other;
    const claimed: string[] = [];
    const wait = async (kind: "task" | "command") => {
      const [one] = await started.queue.claim({ kind, limit: 1, leaseMs: 600_000, waitMs: 60_000, signal });
      claimed.push(kind);
      return one?.entry;
    };
    const waiting = { task: wait("task"), command: wait("command") };
    await eventually("both to listen", async () =>
      /blocked_clients:2/.test(await started.client.info("clients")) ? true : null,
    );
    const command = commandEntryFixture();
    await queue.enqueue([command]);
    expect(await waiting.command).toEqual(command);
    expect(claimed).toEqual(["command"]);
    const task = queueEntryFixture();
    await queue.enqueue([task]);
    expect(await waiting.task).toEqual(task);
  },
);

test("a worker whose places for tasks are taken leaves the marker of tasks to the others", async () => {
  await using full = startQueue(url);
  await using free = startQueue(url, { name: full.name });
  const stopped = new AbortController();
  const commands = full.queue.claim({
    kind: "command",
    limit: 1,
    leaseMs: 600_000,
    waitMs: 60_000,
    signal: stopped.signal,
  });
  await eventually("the claim to listen", async () =>
    /blocked_clients:1/.test(await full.client.info("clients")) ? true : null,
  );
  const waiting = free.queue.claim({ kind: "task", limit: 1, leaseMs: 600_000, waitMs: 60_000, signal });
  await eventually("the other one to listen", async () =>
    /blocked_clients:2/.test(await full.client.info("clients")) ? true : null,
  );
  const task = queueEntryFixture();
  await full.queue.enqueue([task]);
  expect((await waiting).map(({ entry }) => entry)).toEqual([task]);
  stopped.abort();
  expect(await commands).toEqual([]);
});

test("a command that was released or whose lease ended stays a command", async () => {
  await using started = startQueue(url);
  const command = commandEntryFixture({ delayMs: 5 });
  await started.queue.enqueue([command, queueEntryFixture()]);
  const request = { kind: "command" as const, limit: 1, waitMs: 60_000, signal };
  const [first] = await started.queue.claim({ ...request, leaseMs: 600_000 });
  expect(first?.entry).toEqual(command);
  await first?.release(5);
  const [second] = await started.queue.claim({ ...request, leaseMs: 20 });
  expect(second?.entry).toEqual(command);
  const [third] = await started.queue.claim({ ...request, leaseMs: 600_000 });
  expect(third?.entry).toEqual(command);
});
