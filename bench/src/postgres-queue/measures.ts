import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "../statistics.js";
import type { QueueSide } from "./queue-side.js";

/** One number of a side: tasks a second, or milliseconds. */
export type Measure = (side: QueueSide) => Promise<readonly number[]>;

/** Adds tasks with a number of concurrent adders; tasks a second. */
export const addTasks =
  (count: number, concurrency: number): Measure =>
  async (side) => {
    let added = 0;
    const adder = async (): Promise<void> => {
      while (added < count) {
        added += 1;
        await side.add();
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: concurrency }, adder));
    const rate = (1000 * count) / (performance.now() - startedAt);
    await work(side, count, 100);
    return [rate];
  };

/** Works off tasks that are waiting; tasks a second. */
export const drainTasks =
  (count: number, concurrency: number): Measure =>
  async (side) => {
    await side.addMany(count);
    return [(1000 * count) / (await work(side, count, concurrency))];
  };

/** From adding a task to its start in an idle worker: the half of them, and all but one in a hundred, in milliseconds. */
export const pickUpTasks =
  (count: number): Measure =>
  async (side) => {
    let onTask = (): void => {};
    const worker = await side.work(10, () => onTask());
    const times: number[] = [];
    for (let sample = 0; sample < count + 10; sample += 1) {
      await sleep(5);
      const taken = new Promise<void>((resolve) => {
        onTask = resolve;
      });
      const startedAt = performance.now();
      await Promise.all([side.add(), taken]);
      if (sample >= 10) times.push(performance.now() - startedAt);
    }
    await worker.stop();
    return [quantile(times, 0.5), quantile(times, 0.99)];
  };

async function work(side: QueueSide, count: number, concurrency: number): Promise<number> {
  let left = count;
  let onDone = (): void => {};
  const done = new Promise<void>((resolve) => {
    onDone = resolve;
  });
  const startedAt = performance.now();
  const worker = await side.work(concurrency, () => {
    left -= 1;
    if (left === 0) onDone();
  });
  await done;
  const tookMs = performance.now() - startedAt;
  await worker.stop();
  return tookMs;
}
