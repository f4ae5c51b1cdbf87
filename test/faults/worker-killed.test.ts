import { expect, onTestFinished, test } from "vitest";
import { during } from "./world/during.js";
import { expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";

const size = isFull ? { count: 1000, kills: 10, timeoutMs: 600_000 } : { count: 30, kills: 2, timeoutMs: 280_000 };

test.each(["redis", "postgres"] as const)(
  "every task ends once, with one comment, branch and pull request, while workers and their agents are killed (%s)",
  async (queue) => {
    const { count, kills, timeoutMs } = size;
    const world = await startWorld({
      ...{ gateways: 1, workers: 3, queue, issues: count },
      settings: { maxAttempts: 10, agentMs: 100 },
    });
    onTestFinished(world.close);
    const { sender, workers, random, github } = world;
    const sending = sender.send({ count });
    const working = sending.then(() => world.verdict(timeoutMs));
    await during(working, {
      times: kills,
      // A pull request is the last but one thing that a task does.
      progress: () => github.pullRequests.length / count,
      async fault() {
        const victim = random.pick(workers);
        await victim.kill();
        await victim.start();
      },
    });
    const tasks = await world.tasks();
    const interrupted = tasks.filter(({ fence }) => fence > 1).length;
    const verdict = await expectNothingWrong(world, `Workers killed (${queue})`, { kills, interrupted });
    expect(verdict.succeeded).toBe(count);
    expect(interrupted).toBeGreaterThan(0);
  },
  size.timeoutMs + 60_000,
);
