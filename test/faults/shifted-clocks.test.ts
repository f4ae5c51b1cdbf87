import { createGateway } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createFakeProvider, createManualClock } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { during } from "./world/during.js";
import { describeRun, expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const size = isFull ? { count: 500, steps: 100, timeoutMs: 600_000 } : { count: 40, steps: 4, timeoutMs: 280_000 };

/** No two of them agree, and each is set back an hour while its tasks run. */
const shifts: Readonly<Record<string, number>> = {
  "gateway-1": 10 * minute,
  "gateway-2": -10 * minute,
  "worker-1": 0,
  "worker-2": 10 * minute,
  "worker-3": -10 * minute,
};

test(
  "no run is doubled or lost on machines whose clocks are ten minutes off and are set back an hour under their leases",
  async () => {
    const world = await startWorld({
      ...{ gateways: 2, workers: 3, issues: size.count, isAgentInside: true },
      settings: { agentMs: 200, maxAttempts: 10, leaseMs: 3000 },
      settingsOf: (name) => ({ clock: { shiftMs: shifts[name] ?? 0, stepMs: -hour } }),
    });
    onTestFinished(world.close);
    const { sender, workers, gateways, github } = world;
    const working = sender.send({ count: size.count }).then(() => world.verdict(size.timeoutMs));
    await during(working, {
      times: size.steps,
      progress: () => github.pullRequests.length / size.count,
      async fault() {
        for (const { processId } of [...workers, ...gateways]) process.kill(processId, "SIGUSR2");
      },
    });
    const runs = (await world.agentRuns()).filter((line) => line.startsWith("begin "));
    const takenOver = (await world.tasks()).filter(({ fence }) => fence > 1).length;
    const measured = { steps: size.steps, runs: runs.length, takenOver };
    const verdict = await expectNothingWrong(world, "Clocks shifted", measured, 1000);
    expect(verdict.succeeded).toBe(size.count);
    // A machine that is busy for a whole lease may lose it; a clock that is wrong never does.
    expect(runs.length, describeRun(world, measured)).toBe(size.count + takenOver);
  },
  size.timeoutMs + 60_000,
);

describe("an event's own time", () => {
  const sentAt = new Date("2026-05-01T12:00:00.000Z");

  /** The answer of a gateway whose clock shows `now` to an event of `sentAt`. */
  async function answerAt(now: Date): Promise<unknown> {
    const clock = createManualClock(now);
    const provider = createFakeProvider();
    const parts = { store: createMemoryStore({ clock }), queue: createMemoryQueue({ clock }), providers: [provider] };
    const gateway = createGateway({ ...parts, clock });
    const { headers, body } = provider.webhook({ thread: 1, occurredAt: sentAt.toISOString() });
    const request = new Request("http://bot.example/webhooks/acme", { method: "POST", headers, body });
    const response = await gateway.fetch(request);
    await gateway.close();
    return await response.json();
  }
  const cases: readonly (readonly [what: string, laterMs: number, answer: object])[] = [
    ["ten minutes ahead of the gateway's clock", -10 * minute, { status: "accepted" }],
    ["a day ahead of it, as after a step back", -day, { status: "accepted" }],
    ["ten minutes behind it", 10 * minute, { status: "accepted" }],
    ["seven days behind it but ten minutes", 7 * day - 10 * minute, { status: "accepted" }],
    ["seven days and ten minutes behind it", 7 * day + 10 * minute, { status: "ignored", reason: "stale" }],
  ];

  test.each(cases)("%s is judged by the window of seven days alone", async (_, laterMs, answer) => {
    expect(await answerAt(new Date(sentAt.getTime() + laterMs))).toMatchObject(answer);
  });
});
