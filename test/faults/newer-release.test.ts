import { taskVersion } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { Redis } from "ioredis";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { describeRun, expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { isFull } from "./world/random.js";
import { startWorld } from "./world/start-world.js";

const size = isFull ? { count: 2500, timeoutMs: 900_000 } : { count: 40, timeoutMs: 280_000 };

/** The minimum pause before a task that is left to the next release is claimed again, in seconds. */
const parkedSeconds = 10;

/** The migration of the next release, which is additive. */
const upgrade = `
ALTER TABLE tasks ADD COLUMN brand_new jsonb NOT NULL DEFAULT '{}';
CREATE TABLE brand_new (id text PRIMARY KEY);
INSERT INTO agentbot_migrations (id, checksum, is_additive) VALUES ('9999-brand-new', 'of the next release', TRUE);
`;
/** Every other waiting task is one that only the next release can run; all have fields that this one does not know. */
const newerTasks = `
UPDATE tasks SET version = version + (sequence % 2), brand_new = '{"much": 1}',
  draft = jsonb_set(draft || '{"brandNew": {"much": 1}}', '{repository,brandNew}', '[1]')
WHERE status = 'queued'`;

test.each(isFull ? (["redis", "postgres"] as const) : (["redis"] as const))(
  "workers of a release run what they know and leave the next release's tasks to it, through its migration and back (%s)",
  async (queue) => {
    const world = await startWorld({
      ...{ gateways: 1, workers: 2, queue, issues: size.count * 2, isAgentInside: true },
      settings: { agentMs: 10, concurrency: 8 },
    });
    onTestFinished(world.close);
    const { sender, workers, gateways } = world;
    const database = new Client(world.databaseUrl);
    await database.connect();
    onTestFinished(() => database.end());
    const countOf = async (what: string): Promise<number> =>
      Number((await database.query(`SELECT count(*)::int AS count FROM tasks WHERE ${what}`)).rows[0]?.count);

    // The next release migrates while this one works, and records tasks of its own.
    const sending = sender.send({ count: size.count, perSecond: 100 });
    await database.query(upgrade);
    await sending;
    for (const worker of workers) await worker.pause();
    await sender.send({ count: size.count });
    await database.query(newerTasks);
    const newer = await countOf(`version > ${taskVersion}`);
    expect(newer).toBeGreaterThan(size.count / 3);
    if (queue === "redis") await addFields(world.redis?.url ?? "");
    for (const worker of workers) await worker.resume();
    const known = size.count * 2 - newer;
    const look = async () =>
      (await countOf(`version = ${taskVersion} AND status = 'succeeded'`)) === known ? true : null;
    await eventually("all that this release knows to be done", look, { timeoutMs: size.timeoutMs, everyMs: 100 });
    // Parked: queued as it was, no attempt used, and not claimed again and again.
    expect(await countOf(`version > ${taskVersion} AND status = 'queued' AND attempt = 0 AND fence = 0`)).toBe(newer);
    const isParked = async () => ((await parkedCount(world.redis?.url ?? null, database)) === newer ? true : null);
    await eventually("every newer task to be parked", isParked);

    // The upgrade is taken back: processes of this release start on the tables of the next one.
    for (const each of [...workers, ...gateways]) {
      await each.terminate();
      await each.start();
    }
    await sender.send({ count: 1, issueNumberOf: () => 1 });
    await database.query(`UPDATE tasks SET version = ${taskVersion}, queue_due = now() WHERE version > ${taskVersion}`);
    if (world.redis) await emptyRedis(world.redis.url);
    const measured = { newer };
    const verdict = await expectNothingWrong(world, `Next release (${queue})`, measured, size.timeoutMs);
    expect(verdict.succeeded, describeRun(world, measured)).toBe(size.count * 2 + 1);
  },
  size.timeoutMs + 60_000,
);

async function onRedis<Result>(url: string, ask: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(url);
  try {
    return await ask(client);
  } finally {
    client.disconnect();
  }
}

/** Gives the waiting records fields that only the next release has. */
async function addFields(url: string): Promise<void> {
  await onRedis(url, async (client) => {
    const records = await client.hgetall("{agent:tasks}:records");
    for (const [id, record] of Object.entries(records)) {
      if (record.endsWith("]")) await client.hset("{agent:tasks}:records", id, record.replace(/\]$/, ',0,{"much":1}]'));
    }
  });
}

/** The number of entries that are parked. */
async function parkedCount(redisUrl: string | null, database: Client): Promise<number> {
  if (redisUrl !== null) {
    return await onRedis(redisUrl, async (client) => {
      const [seconds = 0] = await client.time();
      return await client.zcount("{agent:tasks}:delayed", (Number(seconds) + parkedSeconds) * 1_000_000, "+inf");
    });
  }
  const isParked = `version > ${taskVersion} AND queue_due > now() + interval '${parkedSeconds} seconds'`;
  const query = `SELECT count(*)::int AS count FROM tasks WHERE ${isParked}`;
  return Number((await database.query(query)).rows[0]?.count);
}

const emptyRedis = (url: string): Promise<unknown> => onRedis(url, (client) => client.flushall());
