import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { describeRun } from "./world/expect-nothing-wrong.js";
import { createConnections, postWebhook } from "./world/post-webhook.js";
import { isFull } from "./world/random.js";
import { startWorld, type World } from "./world/start-world.js";
import { nothingWrong } from "./world/verdict.js";
import { commentWebhook, writeComment } from "./world/webhook.js";

const size = isFull ? { count: 1000, timeoutMs: 600_000 } : { count: 40, timeoutMs: 280_000 };
const maxAttempts = 3;

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

/** Restarts every worker that died, as a supervisor does, until the signal aborts; resolves with the deaths. */
async function superviseWorkers({ workers }: World, signal: AbortSignal): Promise<number> {
  let deaths = 0;
  while (!signal.aborted) {
    for (const worker of workers) {
      if (isAlive(worker.processId)) continue;
      deaths += 1;
      await worker.kill();
      await worker.start();
    }
    await pause(20);
  }
  return deaths;
}

async function askForPoison({ github, gateways }: World): Promise<string> {
  const comment = writeComment(github, size.count + 1, "@agentbot drink the poison");
  const connections = createConnections();
  const { body } = await postWebhook(gateways[0]?.url ?? "", commentWebhook(comment), connections);
  connections.destroy();
  return body.taskId ?? "";
}

test.each(isFull ? (["redis", "postgres"] as const) : (["postgres"] as const))(
  `a task that kills every worker is given up after ${maxAttempts} attempts and says so, and all others are done (%s)`,
  async (queue) => {
    const world = await startWorld({
      ...{ gateways: 1, workers: 3, queue, issues: size.count + 1, isAgentInside: true },
      settings: { maxAttempts, leaseMs: 5000, reconcileIntervalMs: 500 },
    });
    onTestFinished(world.close);
    const over = new AbortController();
    onTestFinished(() => over.abort());
    const supervising = superviseWorkers(world, over.signal);
    const poisonId = await askForPoison(world);
    await world.sender.send({ count: size.count });
    const verdict = await world.verdict(size.timeoutMs);
    over.abort();

    const poisoned = (await world.tasks()).find(({ id }) => id === poisonId);
    const runs = (await world.agentRuns()).filter((line) => line.startsWith(`begin ${poisonId} `)).length;
    const told = world.github.comments.filter(({ body }) => body.includes(`agentbot:task=${poisonId}`));
    const measured = { ...verdict, deaths: await supervising, runs, poisoned };
    if (isFull) process.stdout.write(`Poison (${queue}): ${JSON.stringify(measured)}\n`);
    const about = describeRun(world, measured);
    expect(poisoned, about).toMatchObject({ status: "failed", reason: "attempts_exhausted" });
    expect(runs, about).toBe(maxAttempts);
    expect(
      told.map(({ body }) => /given up after several attempts/.test(body)),
      about,
    ).toEqual([true]);
    expect(verdict, about).toMatchObject({ ...nothingWrong, failed: 1, succeeded: size.count });
  },
  size.timeoutMs + 60_000,
);
