import { generateKeyPairSync } from "node:crypto";
import { createPostgresStore, migrate, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing, createGateway, type Store } from "@agentbot/core";
import { isFinalStatus } from "@agentbot/core/adapter";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { eventually } from "@agentbot/core/testing";
import { createGitHubProvider } from "@agentbot/provider-github";
import type { FakeGitHub } from "@agentbot/provider-github/testing";
import { startPrivatePostgres } from "@agentbot/test-services";
import { Pool } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { type EventKind, type Place, type SourceEvent, webhookOf } from "./reordered-events/events.js";
import { describeRun } from "./world/expect-nothing-wrong.js";
import { createConnections, postWebhook } from "./world/post-webhook.js";
import { createRandom, faultSeed, isFull, type Random } from "./world/random.js";
import { startWorld } from "./world/start-world.js";
import { webhookSecret } from "./world/webhook.js";

const histories = isFull ? 500 : 60;
const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

/** Something that could have happened at GitHub: nothing comes after a deletion, or while the App is suspended. */
function makeHistory(random: Random): SourceEvent[] {
  const kinds: EventKind[] = ["created"];
  const mayFollow = (last: EventKind): readonly EventKind[] => {
    if (last === "suspend") return ["unsuspend", "deleted"];
    return ["mention", "labeled", "unlabeled", "suspend", "suspend", "deleted", "removed"];
  };
  const length = random.between(3, 8);
  while (kinds.length < length && kinds.at(-1) !== "deleted")
    kinds.push(random.pick(mayFollow(kinds.at(-1) ?? "created")));
  const startMs = Date.now() - 3_600_000;
  const events = kinds.map((kind, number) => ({ kind, number, at: new Date(startMs + number * 1000) }));
  const mentions = events.filter(({ kind }) => kind === "mention");
  const last = events.at(-1);
  if (mentions.length === 0 || last?.kind === "deleted" || random.fraction() < 0.5) return events;
  const number = events.length;
  const of = random.pick(mentions).number;
  return [...events, { kind: "withdrawal", number, of, at: new Date(startMs + number * 1000) }];
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items];
  const shuffled: Item[] = [];
  while (left.length > 0) shuffled.push(...left.splice(random.between(0, left.length - 1), 1));
  return shuffled;
}

/** The installation's last status by GitHub's clock. */
function statusAfter(history: readonly SourceEvent[]): string {
  const last = history.findLast(({ kind }) => ["created", "suspend", "unsuspend", "deleted"].includes(kind));
  return { suspend: "suspended", deleted: "deleted" }[last?.kind as string] ?? "active";
}

async function openPostgres(): Promise<Store> {
  const server = await startPrivatePostgres();
  onTestFinished(() => server.close());
  const pool = new Pool({ connectionString: await server.createDatabase() });
  onTestFinished(() => pool.end());
  const database = openPostgresDatabase({ pool });
  await migrate(database);
  const keyRing = createAesKeyRing({ keys: [{ id: "k1", key: new Uint8Array(32).fill(7) }] });
  return createPostgresStore({ database, keyRing });
}

test.each([
  ["memory", async () => createMemoryStore()],
  ["PostgreSQL", openPostgres],
] as const)(
  `${histories} histories that arrive in any order, some events twice, leave what GitHub's own times say (%s)`,
  async (_, open) => {
    const store = await open();
    const random = createRandom(faultSeed);
    const provider = createGitHubProvider({ appId: 12_345, privateKey, webhookSecret });
    const gateway = createGateway({ store, queue: createMemoryQueue(), providers: [provider] });
    const wrong: string[] = [];
    for (let number = 1; number <= histories; number += 1) {
      const place: Place = { installationId: number, issueNumber: number };
      const history = makeHistory(random);
      const arriving = shuffle([...history, random.pick(history)], random);
      for (const event of arriving) {
        const { headers, body } = webhookOf(event, place);
        const request = new Request("http://bot.example/webhooks/github", { method: "POST", headers, body });
        expect((await gateway.fetch(request)).status).toBe(200);
      }
      const { id, status } = await store.installations.ensure("github", {
        externalId: String(number),
        account: "octo-org",
      });
      const { items } = await store.tasks.search({ limit: 100 });
      const open = items.filter((task) => task.installationId === id && !isFinalStatus(task.status)).length;
      const expected = statusAfter(history);
      const story = `${arriving.map(({ kind, number: place }) => `${place}:${kind}`).join(" ")}: ${status}, ${open} open`;
      const withdrawn = history.find(({ kind }) => kind === "withdrawal")?.of;
      const isUnwanted = items.some(
        ({ origin, status: own }) =>
          withdrawn !== undefined &&
          origin.message === `issue_comment/${number * 100 + withdrawn}` &&
          !isFinalStatus(own),
      );
      if (status !== expected || (status !== "active" && open > 0) || isUnwanted) wrong.push(story);
    }
    await gateway.close();
    expect(wrong, `AGENTBOT_FAULT_SEED=${faultSeed}`).toEqual([]);
  },
  600_000,
);

/** The tokens of git, which each run has its own of: they can write contents. */
const workTokens = (tokens: FakeGitHub["tokens"]): FakeGitHub["tokens"] =>
  tokens.filter(({ permissions }) => permissions["contents"] === "write");

test.each(isFull ? (["suspend", "deleted", "removed"] as const) : (["suspend"] as const))(
  "a task that runs while its installation is told of as %s ends at once, with no effect after and no token left",
  async (kind) => {
    const world = await startWorld({
      ...{ gateways: 1, workers: 1, queue: "postgres", issues: 10, isAgentInside: true },
      settings: { agentMs: 60_000 },
    });
    onTestFinished(world.close);
    const { sender, github, branches, gateways } = world;
    await sender.send({ count: 6 });
    const running = async () => ((await world.agentRuns()).length >= 4 ? true : null);
    await eventually("as many to run as may", running);
    const connections = createConnections();
    const webhook = webhookOf({ kind, at: new Date(), number: 1 }, { installationId: 1, issueNumber: 1 });
    await postWebhook(gateways[0]?.url ?? "", webhook, connections);
    connections.destroy();
    const toldAt = github.requests.length;
    const look = async () => ((await world.tasks()).every(({ status }) => status === "cancelled") ? true : null);
    await eventually("every task to be cancelled", look);
    const about = describeRun(world, {});
    const created = github.requests
      .slice(toldAt)
      .filter(({ method, path }) => method === "POST" && path.startsWith("/repos"));
    expect(
      created.map(({ path }) => path),
      about,
    ).toEqual([]);
    expect([branches.pushes.length, github.pullRequests.length], about).toEqual([0, 0]);
    const isErased = () => (workTokens(github.tokens).every(({ isLive }) => !isLive) ? true : null);
    await eventually("the tokens of the runs to be revoked", isErased);
    expect(workTokens(github.tokens).length).toBeGreaterThanOrEqual(4);
  },
  300_000,
);
