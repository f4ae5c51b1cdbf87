import { eventually } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { describeRun, expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { isFull } from "./world/random.js";
import { startWorld, type World } from "./world/start-world.js";
import { acceptedAnswer } from "./world/webhook-sender.js";
import { type Moment, moments } from "./zombie-worker/moments.js";
import { type WriteWatch, watchWrites } from "./zombie-worker/watch-writes.js";

const size = isFull
  ? { pauses: { redis: 100, postgres: 100 }, timeoutMs: 1_200_000 }
  : { pauses: { redis: 5, postgres: 5 }, timeoutMs: 280_000 };

/** The worker that was stopped, and the requests after which none of it may come. */
interface Takeover {
  readonly moment: string;
  readonly taskId: string;
  readonly victim: string;
  /** How often the task had been begun then, how many requests had come to the provider, and how many pushes. */
  readonly begins: number;
  readonly requests: number;
  readonly pushes: number;
}

/**
 * Stops a worker at one moment of a run until another has the task, then lets it go on. Null when the run was over before
 * the worker had stopped, as on a busy machine it may be.
 */
async function stopUntilTakenOver(world: World, watch: WriteWatch, moment: Moment): Promise<Takeover | null> {
  const { sender, github, branches, workers } = world;
  moment.prepare?.(world);
  const [sent] = await sender.send({ count: 1 });
  const taskId = (sent && acceptedAnswer(sent)?.body.taskId) ?? "";
  const meet = async () => ((await moment.isHere(world, taskId)) ? true : null);
  await eventually(`the moment ${moment.name}`, meet, { everyMs: 2 });
  const before = await watch.holdersOf(taskId);
  const victim = workers.find(({ name }) => name === before.at(-1));
  await victim?.pause(moment.stops);
  try {
    const look = async () => {
      const isOver = await watch.isOver(taskId);
      const holders = await watch.holdersOf(taskId);
      return isOver || holders.length > before.length ? holders : null;
    };
    const holders = await eventually(`another worker to take over after "${moment.name}"`, look);
    if (holders.length === before.length) return null;
    const reached = { requests: github.requests.length, pushes: branches.pushes.length };
    return { moment: moment.name, taskId, victim: victim?.name ?? "", begins: holders.length, ...reached };
  } finally {
    await victim?.resume(moment.stops);
  }
}

/** Everything about the task that its old worker wrote at the provider after another had it. */
async function lateWrites(world: World, watch: WriteWatch, takeover: Takeover): Promise<string[]> {
  const { taskId, victim, begins, requests, pushes } = takeover;
  const holders = await watch.holdersOf(taskId);
  // It may have begun it anew since, as any worker may.
  if (holders.slice(begins - 1).includes(victim)) return [];
  const written = world.github.requests
    .slice(requests)
    .filter(({ method, headers }) => method !== "GET" && headers["x-world-process"] === victim)
    .filter(({ path, body }) => path.includes(taskId) || JSON.stringify(body).includes(taskId));
  const pushed = world.branches.pushes
    .slice(pushes)
    .filter(({ by, branch }) => by === victim && branch === `agentbot/${taskId}`);
  return [
    ...written.map(({ method, path }) => `${takeover.moment}: ${method} ${path}`),
    ...pushed.map(({ branch, outcome }) => `${takeover.moment}: push ${branch} ${outcome}`),
  ];
}

test.each(isFull ? (["redis", "postgres"] as const) : (["redis"] as const))(
  "a worker that slept through its lease writes nothing more in the store, and at the provider only what was on its way (%s)",
  async (queue) => {
    const pauses = size.pauses[queue];
    const world = await startWorld({
      ...{ gateways: 1, workers: 3, queue, issues: 3 * pauses },
      settings: { agentMs: 150, leaseMs: 1200, reconcileIntervalMs: 250, maxAttempts: 100 },
    });
    onTestFinished(world.close);
    const watch = await watchWrites(world.databaseUrl);
    onTestFinished(() => watch.close());
    const first = world.random.between(0, moments.length - 1);
    const takeovers: Takeover[] = [];
    let tried = 0;
    for (; takeovers.length < pauses && tried < 3 * pauses; tried += 1) {
      const moment = moments[(first + takeovers.length) % moments.length] as Moment;
      const takeover = await stopUntilTakenOver(world, watch, moment);
      if (takeover) takeovers.push(takeover);
    }
    expect(takeovers).toHaveLength(pauses);
    await world.verdict();
    const late: string[][] = [];
    for (const takeover of takeovers) late.push(await lateWrites(world, watch, takeover));
    const strange = await watch.strange();
    const measured = { pauses, writes: await watch.count(), strange, late: late.flat() };
    const verdict = await expectNothingWrong(world, `Workers stopped in their tracks (${queue})`, measured);
    expect(verdict.succeeded, describeRun(world, measured)).toBe(tried);
    expect(strange, describeRun(world, measured)).toEqual([]);
    // A request on its way to the provider cannot be called back; no other may follow it.
    const follows = late.filter(({ length }) => length > 1);
    expect(follows, describeRun(world, measured)).toEqual([]);
  },
  size.timeoutMs + 30_000,
);
