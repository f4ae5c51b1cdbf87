import type { BenchmarkContext } from "./benchmark.js";
import { askProcess, type Question } from "./redis-queue/ask-process.js";
import type { Measurement } from "./redis-queue/measurement.js";
import { median } from "./statistics.js";

interface Comparison {
  readonly title: string;
  readonly question: Omit<Question, "side">;
  readonly shown: readonly (keyof Measurement)[];
}

const work = ["rate", "clientCpuUs", "redisCpuUs", "redisCalls"] as const;
const units: Readonly<Record<keyof Measurement, string>> = {
  rate: "tasks a second",
  clientCpuUs: "us of client CPU a task",
  redisCpuUs: "us of Redis CPU a task",
  redisCalls: "Redis calls a task",
  residentBytes: "bytes resident",
  pickupP50Ms: "ms to pick-up, p50",
  pickupP99Ms: "ms to pick-up, p99",
  bytesPerTask: "bytes in Redis a task",
  callsPerSecond: "Redis calls a second",
  connections: "connections",
};

const comparisons: readonly Comparison[] = [
  { title: "add, awaited", question: { measure: "add-awaited", count: 3000, concurrency: 1 }, shown: work },
  {
    title: "add, 100 in flight",
    question: { measure: "add-in-flight", count: 100_000, concurrency: 100 },
    shown: work,
  },
  { title: "add, 1000 at once", question: { measure: "add-many", count: 100_000, concurrency: 1 }, shown: work },
  { title: "drain, concurrency 1", question: { measure: "drain", count: 3000, concurrency: 1 }, shown: work },
  { title: "drain, concurrency 10", question: { measure: "drain", count: 40_000, concurrency: 10 }, shown: work },
  {
    title: "drain, concurrency 100",
    question: { measure: "drain", count: 100_000, concurrency: 100 },
    shown: [...work, "residentBytes"],
  },
  {
    title: "pick-up through Redis only, as from another process",
    question: { measure: "pickup", count: 600, concurrency: 1 },
    shown: ["pickupP50Ms", "pickupP99Ms"],
  },
  {
    title: "pick-up where gateway and worker share a process",
    question: { measure: "pickup-here", count: 600, concurrency: 1 },
    shown: ["pickupP50Ms", "pickupP99Ms"],
  },
  {
    title: "ten idle workers of one process",
    question: { measure: "idle", count: 10, concurrency: 10 },
    shown: ["callsPerSecond", "connections"],
  },
  {
    title: "the first 1000 of 1000",
    question: { measure: "depth", count: 1000, concurrency: 10 },
    shown: ["redisCpuUs"],
  },
  {
    title: "the first 1000 of 100000",
    question: { measure: "depth", count: 100_000, concurrency: 10 },
    shown: ["redisCpuUs", "bytesPerTask"],
  },
];

/**
 * Measures the queue on Redis beside BullMQ, each in a process of its own, round by round in turn; prints the medians and
 * ours as a multiple of BullMQ's.
 */
export async function run({
  redisUrl,
  rounds,
  print,
}: Pick<BenchmarkContext, "redisUrl" | "rounds" | "print">): Promise<void> {
  for (const { title, question, shown } of comparisons) {
    const own: Measurement[] = [];
    const other: Measurement[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const sides = [
        async () => own.push(await askProcess(redisUrl, { ...question, side: "agentbot" })),
        async () => other.push(await askProcess(redisUrl, { ...question, side: "bullmq" })),
      ];
      // The sides take turns at going first: neither always runs on a warmer machine.
      for (const measure of round % 2 === 0 ? sides : sides.toReversed()) await measure();
    }
    print(title);
    for (const field of shown) {
      const [ours, theirs] = [own, other].map((side) => median(side.map((measurement) => measurement[field])));
      print(`  ${format(ours)} against ${format(theirs)} ${units[field]}: ${format((ours ?? NaN) / (theirs ?? NaN))}x`);
    }
  }
}

const format = (value = Number.NaN): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));
