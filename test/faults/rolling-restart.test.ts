import { eventually } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { during } from "./world/during.js";
import { describeRun, expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";
import type { WorldProcess } from "./world/world-process.js";

const size = isFull
  ? { count: 5000, perSecond: 150, restarts: 50, timeoutMs: 600_000 }
  : { count: 80, perSecond: 30, restarts: 4, timeoutMs: 280_000 };
const concurrency = 4;

/** The number of tasks that began after the process's last SIGTERM. */
function begunWhileStopping({ lines }: WorldProcess): number {
  const stopping = lines.findLastIndex((line) => line.includes('"message":"stopping"'));
  return lines.slice(stopping + 1).filter((line) => line.includes('"message":"begun"')).length;
}

test(
  "rolling restarts under load refuse no webhook, take no new task and give back what runs",
  async () => {
    const { count, perSecond, restarts, timeoutMs } = size;
    const world = await startWorld({
      ...{ gateways: 3, workers: 1, queue: "redis", issues: count, isAgentInside: true },
      settings: { concurrency, agentMs: 300, shutdownGraceMs: 100, leaseMs: 60_000 },
    });
    onTestFinished(world.close);
    const { sender, gateways, workers, random } = world;
    const [worker] = workers;
    const begunLate: number[] = [];
    const stillRunning: number[] = [];

    const restartGateway = async (): Promise<void> => {
      // A load balancer sends nothing new where it has asked for the end; what is under way stays there.
      const one = random.pick(gateways);
      sender.avoid(one.url);
      await one.terminate();
      await one.start();
      sender.avoid(null);
    };
    let finished = 0;
    const restartWorker = async (): Promise<void> => {
      // A shutdown gives an attempt back five times at most: what is stopped each time it has just begun ends without any.
      const count = async () => (await world.tasks()).filter(({ status }) => status === "succeeded").length;
      const wanted = finished + 2 * concurrency;
      finished = await eventually("some work to be done since the last restart", async () => {
        const now = await count();
        return now >= wanted ? now : null;
      });
      await worker?.terminate();
      begunLate.push(worker ? begunWhileStopping(worker) : -1);
      stillRunning.push((await world.tasks()).filter(({ status }) => status === "running").length);
      await worker?.start();
    };
    await during(sender.send({ count, perSecond }), {
      times: restarts,
      progress: () => sender.acknowledgedCount / count,
      fault: (number) => (number % 2 === 1 ? restartGateway() : restartWorker()),
    });
    const statuses = [...new Set(sender.sent.flatMap(({ answers }) => answers.map(({ status }) => status)))];
    const tasks = await world.tasks();
    const returned = tasks.filter(({ fence }) => fence > 1).length;
    const measured = { restarts, statuses, returned, begunLate };
    // A lease of a minute: what was not given back would still be running.
    expect(stillRunning, describeRun(world, measured)).toEqual(stillRunning.map(() => 0));
    // A claim that was on its way when the signal came may still begin; a worker that went on would begin many more.
    for (const begun of begunLate) expect(begun, describeRun(world, measured)).toBeLessThanOrEqual(concurrency);
    expect(statuses, describeRun(world, measured)).toEqual([200]);
    const verdict = await expectNothingWrong(world, "Rolling restarts", measured, timeoutMs);
    expect(verdict.succeeded).toBe(count);
    const used = (await world.tasks()).filter(({ attempt }) => attempt > 1).length;
    expect(used, "attempts used up by restarts").toBe(0);
  },
  size.timeoutMs + 60_000,
);
