import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { quantile } from "../statistics.js";
import type { Measurement, MeasureName, MeasureRequest } from "./measurement.js";
import type { QueueSide, RunningWorker } from "./queue-side.js";
import { redisMemory, redisUsage } from "./redis-usage.js";

/** The request and the sides of a measure. */
export interface MeasureDeps {
  readonly request: MeasureRequest;
  readonly side: QueueSide;
  /** Not the side's own: looks at the server. */
  readonly admin: Redis;
}

/** One measure. */
export type Measure = (parts: MeasureDeps) => Promise<Partial<Measurement>>;

async function costOf(
  { request: { count }, admin }: MeasureDeps,
  work: () => Promise<void>,
): Promise<Partial<Measurement>> {
  const before = await redisUsage(admin);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const tookMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const after = await redisUsage(admin);
  return {
    rate: (1000 * count) / tookMs,
    clientCpuUs: (cpu.user + cpu.system) / count,
    redisCpuUs: (1000 * (after.cpuMs - before.cpuMs)) / count,
    redisCalls: (after.calls - before.calls) / count,
    residentBytes: process.memoryUsage().rss,
  };
}

/** A worker, and a promise that resolves when `count` tasks are done. */
async function workerFor(
  { request: { concurrency }, side }: MeasureDeps,
  count: number,
): Promise<{ readonly worker: RunningWorker; readonly done: Promise<void> }> {
  let left = count;
  let onDone = (): void => {};
  const done = new Promise<void>((resolve) => {
    onDone = resolve;
  });
  const worker = await side.work(concurrency, () => {
    left -= 1;
    if (left === 0) onDone();
  });
  return { worker, done };
}

async function drain(parts: MeasureDeps): Promise<Partial<Measurement>> {
  const { worker, done } = await workerFor(parts, parts.request.count);
  const cost = await costOf(parts, async () => {
    worker.start();
    await done;
  });
  await worker.stop();
  return cost;
}

/** Tasks before the measure, so that the code of both sides is compiled as in a process that has run for days. */
const warmUpTasks = 3000;

/** Adds a task to an idle worker, again and again. */
async function pickUp(
  { request: { count }, side }: MeasureDeps,
  work: QueueSide["work"],
): Promise<Partial<Measurement>> {
  let onTaken = (): void => {};
  const worker = await work(1, () => onTaken());
  const addOne = async (): Promise<number> => {
    let waitedMs = Number.NaN;
    const addedAt = performance.now();
    const isTaken = new Promise<void>((resolve) => {
      onTaken = () => {
        waitedMs = performance.now() - addedAt;
        resolve();
      };
    });
    await Promise.all([side.add(), isTaken]);
    return waitedMs;
  };
  worker.start();
  for (let taken = 0; taken < warmUpTasks; taken += 1) await addOne();
  // A worker that idles between tasks takes other ways than a busy one: those have to be compiled as well.
  for (let taken = 0; taken < warmUpTasks; taken += 1) {
    await addOne();
    await sleep(1);
  }
  await sleep(500);
  const waits: number[] = [];
  for (let taken = 0; taken < count; taken += 1) {
    waits.push(await addOne());
    await sleep(5 + Math.random() * 5);
  }
  await worker.stop();
  return { pickupP50Ms: quantile(waits, 0.5), pickupP99Ms: quantile(waits, 0.99) };
}

/** The measures by name. */
export const measures: Readonly<Record<MeasureName, Measure>> = {
  async "add-awaited"(parts) {
    return await costOf(parts, async () => {
      for (let added = 0; added < parts.request.count; added += 1) await parts.side.add();
    });
  },

  async "add-in-flight"(parts) {
    const { count, concurrency } = parts.request;
    return await costOf(parts, async () => {
      let added = 0;
      const adder = async (): Promise<void> => {
        while (added < count) {
          added += 1;
          await parts.side.add();
        }
      };
      await Promise.all(Array.from({ length: concurrency }, adder));
    });
  },

  async "add-many"(parts) {
    return await costOf(parts, () => parts.side.addMany(parts.request.count));
  },

  async fill({ request, side }) {
    await side.addMany(request.count);
    return {};
  },
  drain,
  pickup: (parts) => pickUp(parts, parts.side.work),
  "pickup-here": (parts) => pickUp(parts, parts.side.workHere),

  async idle({ request: { count, concurrency }, side, admin }) {
    const connections = async (): Promise<number> =>
      String(await admin.call("client", ["list"]))
        .trim()
        .split("\n").length;
    const before = await connections();
    const workers: RunningWorker[] = [];
    for (let made = 0; made < concurrency; made += 1) workers.push(await side.work(1, () => {}));
    for (const worker of workers) worker.start();
    await sleep(2000);
    const opened = (await connections()) - before;
    const { calls } = await redisUsage(admin);
    await sleep(count * 1000);
    const callsPerSecond = ((await redisUsage(admin)).calls - calls) / count;
    await Promise.all(workers.map((worker) => worker.stop()));
    return { callsPerSecond, connections: opened };
  },

  // `count` entries wait, the first thousand are claimed.
  async depth(parts) {
    const { request, side, admin } = parts;
    const before = await redisMemory(admin);
    await side.addMany(request.count);
    const bytesPerTask = ((await redisMemory(admin)) - before) / request.count;
    const taken = 1000;
    const { redisCpuUs = Number.NaN } = await drain({ ...parts, request: { ...request, count: taken } });
    return { bytesPerTask, redisCpuUs };
  },
};
