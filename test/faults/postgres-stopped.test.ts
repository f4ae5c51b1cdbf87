import { eventually } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { during } from "./world/during.js";
import { expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { createConnections, postWebhook, type WebhookAnswer } from "./world/post-webhook.js";
import { isFull } from "./world/random.js";
import { startWorld, type World } from "./world/start-world.js";
import { commentWebhook } from "./world/webhook.js";

const size = isFull
  ? { count: 5000, perSecond: 200, stops: 5, probes: 100, timeoutMs: 900_000 }
  : { count: 60, perSecond: 30, stops: 2, probes: 10, timeoutMs: 280_000 };

/** How long a gateway waits for a store that does not answer, in milliseconds: an earlier refusal did not wait for it. */
const storeWaitMs = 8000;

/** Sends each gateway in turn webhooks of its own while the database is down. */
async function askWhileDown({ gateways }: World, stop: number): Promise<WebhookAnswer[]> {
  const connections = createConnections();
  const answers: WebhookAnswer[] = [];
  for (let probe = 0; probe < size.probes; probe += 1) {
    const webhook = commentWebhook({ id: stop * 1000 + probe, issueNumber: 1 });
    answers.push(await postWebhook(gateways[probe % gateways.length]?.url ?? "", webhook, connections));
  }
  connections.destroy();
  return answers;
}

test.each(isFull ? (["redis", "postgres"] as const) : (["postgres"] as const))(
  "while PostgreSQL is down senders are told at once to come back, and nothing acknowledged is lost (%s)",
  async (queue) => {
    const { count, perSecond, stops, timeoutMs } = size;
    const world = await startWorld({
      ...{ gateways: 2, workers: 2, queue, issues: count, isAgentInside: true },
      settings: { concurrency: 4, agentMs: 20, maxAttempts: 10 },
    });
    onTestFinished(world.close);
    const { sender, postgres, gateways } = world;
    const whileDown: WebhookAnswer[] = [];
    const isReady = async (): Promise<true | null> => {
      const answers = await Promise.all(gateways.map(({ url }) => fetch(`${url}/readyz`)));
      return answers.every(({ ok }) => ok) ? true : null;
    };

    await during(sender.send({ count, perSecond }), {
      times: stops,
      progress: () => sender.acknowledgedCount / count,
      async fault(number) {
        await postgres.stop("immediate");
        whileDown.push(...(await askWhileDown(world, number)));
        await postgres.start();
        await eventually("the gateways to be ready again", isReady);
      },
    });
    expect(new Set(whileDown.map(({ status }) => status))).toEqual(new Set([503]));
    expect(whileDown.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
    const slowest = Math.round(Math.max(...whileDown.map(({ tookMs }) => tookMs)));
    const inTime = whileDown.filter(({ tookMs }) => tookMs < storeWaitMs).length;
    const measured = { stops, askedWhileDown: whileDown.length, inTime, slowestMs: slowest };
    const verdict = await expectNothingWrong(world, `PostgreSQL stopped (${queue})`, measured, timeoutMs);
    expect(verdict.succeeded).toBe(count);
    expect(inTime, JSON.stringify(measured)).toBeGreaterThan(whileDown.length / 2);
  },
  size.timeoutMs + 60_000,
);
