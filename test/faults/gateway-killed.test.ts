import { expect, onTestFinished, test } from "vitest";
import { during } from "./world/during.js";
import { expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";

const short = { count: 80, perSecond: 40, kills: 2, timeoutMs: 280_000 };
const long = { count: 10_000, perSecond: 500, kills: 10, timeoutMs: 2_400_000 };
const sizes = isFull
  ? ([
      ["redis", long],
      ["postgres", { ...long, count: 2000 }],
    ] as const)
  : ([["redis", short]] as const);

test.each(sizes)(
  "every webhook answered 2xx becomes one finished task while gateways are killed, with the queue on %s",
  async (queue, { count, perSecond, kills, timeoutMs }) => {
    const world = await startWorld({
      ...{ gateways: 3, workers: 2, queue, issues: count, isAgentInside: true },
      settings: { concurrency: 8, agentMs: 5 },
    });
    onTestFinished(world.close);
    const { sender, gateways, random } = world;
    await during(sender.send({ count, perSecond, inFlight: 64 }), {
      times: kills,
      progress: () => sender.acknowledgedCount / count,
      async fault() {
        const victim = random.pick(gateways);
        await victim.kill();
        await victim.start();
      },
    });
    const retried = sender.sent.filter(({ answers }) => answers.length > 1).length;
    const cut = sender.sent.flatMap(({ answers }) => answers).filter(({ status }) => status === null).length;
    const verdict = await expectNothingWrong(world, `Gateways killed (${queue})`, { kills, retried, cut }, timeoutMs);
    expect(verdict.succeeded).toBe(count);
    expect(cut).toBeGreaterThan(0);
  },
  (isFull ? long : short).timeoutMs + 120_000,
);
