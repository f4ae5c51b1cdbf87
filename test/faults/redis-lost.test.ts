import { eventually } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { during } from "./world/during.js";
import { expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { openQueueIndex } from "./world/queue-index.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";

const size = isFull
  ? { count: 5000, perSecond: 300, kills: 10, flushes: 3, reconcileIntervalMs: 10_000, timeoutMs: 900_000 }
  : { count: 80, perSecond: 40, kills: 1, flushes: 2, reconcileIntervalMs: 2000, timeoutMs: 280_000 };

test(
  "every acknowledged task is back in Redis and ends once, though Redis is killed and flushed again and again",
  async () => {
    const { count, perSecond, kills, flushes, reconcileIntervalMs, timeoutMs } = size;
    const world = await startWorld({
      ...{ gateways: 2, workers: 2, queue: "redis", issues: count, isAgentInside: true },
      settings: { concurrency: 4, agentMs: isFull ? 20 : 150, reconcileIntervalMs },
    });
    onTestFinished(world.close);
    const { sender, redis } = world;
    const index = await openQueueIndex(world);
    onTestFinished(() => index.close());
    const queuedThen: number[] = [];
    const backAfterMs: number[] = [];

    await during(sender.send({ count, perSecond }), {
      times: kills + flushes,
      progress: () => sender.acknowledgedCount / count,
      async fault(number) {
        queuedThen.push(await index.queued());
        if (number <= kills) {
          await redis?.kill();
          await redis?.start();
        } else await index.flush();
        const lostAtMs = performance.now();
        const look = async () => ((await index.missing()) <= 0 ? true : null);
        await eventually("every task to be back in Redis", look, { everyMs: 50 });
        backAfterMs.push(Math.round(performance.now() - lostAtMs));
      },
    });
    const answers = sender.sent.flatMap((one) => one.answers);
    const refused = answers
      .filter(({ status }) => status !== 200)
      .map(({ status, body, tookMs }) => `${status} ${body.code ?? ""} after ${Math.round(tookMs)} ms`);
    const measured = { kills, flushes, refused, queuedThen, backAfterMs };
    const verdict = await expectNothingWrong(world, "Redis killed and flushed", measured, timeoutMs);
    expect(verdict.succeeded).toBe(count);
    expect(Math.max(...queuedThen)).toBeGreaterThan(0);
    // An answer does not depend on Redis: no webhook had to be sent twice.
    expect(refused).toEqual([]);
  },
  size.timeoutMs + 60_000,
);
