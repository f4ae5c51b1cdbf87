import { randomBytes } from "node:crypto";
import { get, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { createPostgresStore, migrate, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing } from "@agentbot/core";
import { runStatement } from "@agentbot/test-services";
import { Pool } from "pg";
import type { BenchmarkContext } from "./benchmark.js";
import { openPubSub } from "./event-stream/open-pub-sub.js";
import { startTalkingTask, type Talk } from "./event-stream/talking-worker.js";
import { quantile } from "./statistics.js";
import { startProgram } from "./webhooks/program.js";

const talks: Readonly<Record<string, Talk>> = {
  "an agent that speaks now and then": { lines: 150, pauseMs: () => 20 + Math.random() * 400 },
  "an agent that never stops": { lines: 1500, pauseMs: () => 5 + Math.random() * 20 },
};

/** How long after an agent said something a viewer on another process reads it, woken through PostgreSQL and through Redis. */
export async function run({
  databaseUrl,
  redisUrl,
  print,
}: Pick<BenchmarkContext, "databaseUrl" | "redisUrl" | "print">): Promise<void> {
  const name = `events_${randomBytes(8).toString("hex")}`;
  await runStatement(databaseUrl, `CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href });
  try {
    const database = openPostgresDatabase({ pool });
    await migrate(database);
    const keyRing = createAesKeyRing({ keys: [{ id: "bench", key: randomBytes(32) }] });
    const store = createPostgresStore({ database, keyRing });
    for (const [how, pubSubUrl] of [["PostgreSQL", null] as const, ["Redis", redisUrl] as const]) {
      const token = randomBytes(16).toString("hex");
      const redis = pubSubUrl === null ? {} : { REDIS_URL: pubSubUrl };
      const variables = { DATABASE_URL: url.href, ADMIN_TOKEN: token, ...redis };
      const gateway = await startProgram("../event-stream/gateway-process", variables);
      const { pubSub, close } = openPubSub(database, pubSubUrl);
      try {
        for (const [who, talk] of Object.entries(talks)) {
          const task = await startTalkingTask(store, pubSub, talk);
          const watching = watch(`http://127.0.0.1:${gateway.port}/api/tasks/${task.taskId}/events`, token);
          await task.talk();
          const { delaysMs, missed, twice } = await watching;
          const [p50, p95, max] = [0.5, 0.95, 1].map((share) => `${quantile(delaysMs, share).toFixed(1)} ms`);
          if (delaysMs.length !== talk.lines)
            throw new Error(`${delaysMs.length} of ${talk.lines} lines reached the viewer`);
          const counts = `${delaysMs.length} lines, ${missed} missed, ${twice} twice`;
          print(`woken through ${how}, ${who}: p50 ${p50}, p95 ${p95}, max ${max} (${counts})`);
        }
      } finally {
        await close();
        await gateway.stop();
      }
    }
  } finally {
    await pool.end();
    await runStatement(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

/** The events of a task that a viewer received until its end. */
interface Watched {
  readonly delaysMs: readonly number[];
  readonly missed: number;
  readonly twice: number;
}

async function watch(url: string, token: string): Promise<Watched> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers: { authorization: `Bearer ${token}` } }, resolve).on("error", reject);
  });
  const seqs: number[] = [];
  const delaysMs: number[] = [];
  for await (const line of createInterface({ input: response })) {
    if (!line.startsWith("data: ")) continue;
    const { seq, data } = JSON.parse(line.slice("data: ".length)) as { seq: number; data: { saidAtMs?: number } };
    seqs.push(seq);
    // The agent speaks in this very process, so that both times are of one clock.
    if (data.saidAtMs !== undefined) delaysMs.push(performance.now() - data.saidAtMs);
  }
  const distinct = new Set(seqs).size;
  return { delaysMs, missed: Math.max(0, ...seqs) - distinct, twice: seqs.length - distinct };
}
