import { randomBytes } from "node:crypto";
import { runStatement } from "@agentbot/test-services";
import type { BenchmarkContext } from "./benchmark.js";
import { createAgentbotSide } from "./postgres-queue/agentbot-side.js";
import { createGraphileSide } from "./postgres-queue/graphile-side.js";
import { addTasks, drainTasks, type Measure, pickUpTasks } from "./postgres-queue/measures.js";
import { median } from "./statistics.js";

interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly measure: Measure;
}

const comparisons: readonly Comparison[] = [
  { name: "add, awaited", unit: "a second", measure: addTasks(1000, 1) },
  { name: "add, 100 in flight", unit: "a second", measure: addTasks(8000, 100) },
  { name: "drain, concurrency 1", unit: "a second", measure: drainTasks(2000, 1) },
  { name: "drain, concurrency 10", unit: "a second", measure: drainTasks(8000, 10) },
  { name: "drain, concurrency 100", unit: "a second", measure: drainTasks(8000, 100) },
  { name: "pick-up p50, p99", unit: "ms", measure: pickUpTasks(200) },
];

/** Measures the queue on PostgreSQL beside graphile-worker, as it is and tuned, and prints the medians and their ratios. */
export async function run({
  databaseUrl,
  rounds,
  print,
}: Pick<BenchmarkContext, "databaseUrl" | "rounds" | "print">): Promise<void> {
  const names = Array.from({ length: 3 }, () => `bench_${randomBytes(8).toString("hex")}`);
  const urls: string[] = [];
  for (const name of names) {
    await runStatement(databaseUrl, `CREATE DATABASE ${name}`);
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    urls.push(url.href);
  }
  const [ownUrl = "", plainUrl = "", tunedUrl = ""] = urls;
  const sides = [
    await createAgentbotSide(ownUrl),
    await createGraphileSide(plainUrl, false),
    await createGraphileSide(tunedUrl, true),
  ];
  try {
    for (const { name, unit, measure } of comparisons) {
      const measured = sides.map((): (readonly number[])[] => []);
      // The first round only warms up.
      for (let round = 0; round <= rounds; round += 1) {
        for (const [index, side] of sides.entries()) {
          const values = await measure(side);
          if (round > 0) measured[index]?.push(values);
        }
      }
      const medians = measured.map((values) => [0, 1].map((part) => median(values.map((value) => value[part] ?? NaN))));
      const [own = []] = medians;
      for (const [index, side] of sides.entries()) {
        const parts = (medians[index] ?? []).filter(Number.isFinite);
        const values = parts.map((value) => value.toFixed(unit === "ms" ? 2 : 0)).join(", ");
        const ratios = parts.map((value, part) => `${((own[part] ?? NaN) / value).toFixed(2)}x`).join(", ");
        print(`${name}: ${side.name} ${values} ${unit}${index === 0 ? "" : `; agentbot is ${ratios}`}`);
      }
    }
  } finally {
    for (const side of sides) await side.close();
    for (const name of names) await runStatement(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}
