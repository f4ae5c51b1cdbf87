import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { describeRun } from "./world/expect-nothing-wrong.js";
import { postWebhook, type WebhookAnswer } from "./world/post-webhook.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";
import { commentWebhook, writeComment } from "./world/webhook.js";
import type { WorldProcess } from "./world/world-process.js";

const size = isFull
  ? { requests: 60_000, inFlight: 1000, timeoutMs: 900_000 }
  : { requests: 1500, inFlight: 400, timeoutMs: 280_000 };
/** The maximum memory of a gateway, in bytes. */
const maxMemoryBytes = 512 * 1024 * 1024;
const lookEveryMs = 250;
const issues = 50;

/** The resident memory of a process on Linux; 0 elsewhere. */
async function memoryOf({ processId }: WorldProcess): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

test(
  "far more webhooks than a slow database can take are accepted or sent away, in bounded memory, and none is lost",
  async () => {
    const world = await startWorld({
      ...{ gateways: 2, workers: 0, queue: "postgres", issues, through: ["postgres"] },
    });
    onTestFinished(world.close);
    const { gateways, github, random } = world;
    world.proxy("postgres").behave({ delayMs: 150 });
    // A connection for each: one that waits for long is closed by the server, maybe as the next request is sent on it.
    const connections = new Agent({ keepAlive: false, maxSockets: size.inFlight });
    onTestFinished(() => connections.destroy());
    const accepted = new Set<string>();
    const statuses = new Map<string, number>();
    const tookMs: number[] = [];
    const note = ({ status, body, tookMs: took }: WebhookAnswer): void => {
      const name = String(status);
      statuses.set(name, (statuses.get(name) ?? 0) + 1);
      tookMs.push(took);
      if (status === 200) accepted.add(body.taskId ?? "");
    };

    let begun = 0;
    const lane = async (): Promise<void> => {
      while (begun < size.requests) {
        begun += 1;
        // Half of them in one thread, which takes them one after the other.
        const webhook = commentWebhook(writeComment(github, random.pick([1, random.between(2, issues)])));
        note(await postWebhook(random.pick(gateways).url, webhook, connections));
      }
    };
    let mostMemoryBytes = 0;
    let isOver = false;
    const watch = async (): Promise<void> => {
      while (!isOver) {
        for (const gateway of gateways) mostMemoryBytes = Math.max(mostMemoryBytes, await memoryOf(gateway));
        await pause(lookEveryMs);
      }
    };
    const watching = watch();
    await Promise.all(Array.from({ length: size.inFlight }, lane)).finally(() => {
      isOver = true;
    });
    await watching;

    world.proxy("postgres").behave({});
    let lastAnswers = "";
    const isWellAgain = async (): Promise<true | null> => {
      const answers = gateways.map(({ url }) => postWebhook(url, commentWebhook(writeComment(github, 1)), connections));
      const again = await Promise.all(answers);
      lastAnswers = JSON.stringify(again);
      for (const answer of again) if (answer.status === 200) accepted.add(answer.body.taskId ?? "");
      return again.every(({ status }) => status === 200) ? true : null;
    };
    await eventually("the gateways to take webhooks again", isWellAgain, { everyMs: 200 }).catch((error: unknown) => {
      throw new Error(describeRun(world, { lastAnswers, statuses: Object.fromEntries(statuses) }), { cause: error });
    });

    const sorted = tookMs.sort((left, right) => left - right);
    const at = (part: number): number => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
    const counts = {
      ...{ requests: size.requests, statuses: Object.fromEntries(statuses), accepted: accepted.size },
      ...{ p50Ms: at(0.5), p99Ms: at(0.99), mostMemoryMB: Math.round(mostMemoryBytes / 1024 / 1024) },
    };
    if (isFull) process.stdout.write(`Overload: ${JSON.stringify(counts)}\n`);
    const said = describeRun(world, counts);
    for (const status of statuses.keys()) expect(["200", "429", "503"], said).toContain(status);
    expect(mostMemoryBytes, said).toBeLessThan(maxMemoryBytes);
    const recorded = new Set((await world.tasks()).map(({ id }) => id));
    expect(
      [...accepted].filter((taskId) => !recorded.has(taskId)),
      said,
    ).toEqual([]);
  },
  size.timeoutMs + 60_000,
);
