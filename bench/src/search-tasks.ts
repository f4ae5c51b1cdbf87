import { randomBytes } from "node:crypto";
import { createPostgresStore, migrate, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing, type Page, type PageRequest } from "@agentbot/core";
import { runStatement } from "@agentbot/test-services";
import { Pool } from "pg";
import type { BenchmarkContext } from "./benchmark.js";
import { populateStore } from "./search-tasks/populate-store.js";
import { deliverySearchCases, type SearchCase, taskSearchCases } from "./search-tasks/search-cases.js";
import { quantile } from "./statistics.js";

const tasks = 100_000;
const deliveries = 100_000;
const rounds = 40;
const deepPages = 40;

/** Lists tasks and deliveries of a full store by every filter, alone and combined, and prints how long a page took. */
export async function run({ databaseUrl, print }: Pick<BenchmarkContext, "databaseUrl" | "print">): Promise<void> {
  const name = `search_${randomBytes(8).toString("hex")}`;
  await runStatement(databaseUrl, `CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href });
  try {
    const database = openPostgresDatabase({ pool });
    await migrate(database);
    print(`filling it with ${tasks} tasks and ${deliveries} deliveries`);
    const vocabulary = await populateStore(url.href, { tasks, deliveries });
    const keyRing = createAesKeyRing({ keys: [{ id: "bench", key: randomBytes(32) }] });
    const store = createPostgresStore({ database, keyRing });
    const words = { some: vocabulary.slice(100, 140), few: vocabulary.slice(15_000, 15_040) };
    for (const searchCase of taskSearchCases(words)) {
      print(`tasks, ${searchCase.name}: ${await measure(searchCase, (search) => store.tasks.search(search))}`);
    }
    print(
      `tasks, deep pages: ${await measureDeepPages((page) => store.tasks.search({ ...page, status: "succeeded" }))}`,
    );
    print(
      `tasks, deep pages of a word: ${await measureDeepPages((page) => store.tasks.search({ ...page, text: "flaky" }))}`,
    );
    for (const searchCase of deliverySearchCases) {
      print(`deliveries, ${searchCase.name}: ${await measure(searchCase, (search) => store.inbox.search(search))}`);
    }
  } finally {
    await pool.end();
    await runStatement(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

async function measure<Search>(
  { search }: SearchCase<Search>,
  run: (search: Search) => Promise<Page<unknown>>,
): Promise<string> {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    const page = await run(search(round));
    times.push(performance.now() - startedAt);
    found += page.items.length;
  }
  return `${describe(times)}, ${(found / rounds).toFixed(0)} rows`;
}

async function measureDeepPages(read: (page: PageRequest) => Promise<Page<unknown>>): Promise<string> {
  const times: number[] = [];
  let cursor: string | null = null;
  for (let count = 0; count < deepPages; count += 1) {
    const startedAt = performance.now();
    const page: Page<unknown> = await read(cursor === null ? {} : { cursor });
    times.push(performance.now() - startedAt);
    if (page.next === null) break;
    cursor = page.next;
  }
  return describe(times);
}

function describe(times: readonly number[]): string {
  const [half, most, worst] = [quantile(times, 0.5), quantile(times, 0.95), Math.max(...times)];
  return `p50 ${half.toFixed(1)} ms, p95 ${most.toFixed(1)} ms, max ${worst.toFixed(1)} ms`;
}
