// Claims an entry, holds it and prints its id; extends and completes it on the next line of its input.
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { createRedisQueue } from "../../../src/index.js";

const [url = "", name = "", leaseMs = "1000"] = process.argv.slice(2);
const client = new Redis(url);
const queue = createRedisQueue({ client, name });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const signal = new AbortController().signal;

const [held] = await queue.claim({ limit: 1, leaseMs: Number(leaseMs), waitMs: 60_000, signal });
if (!held) throw new Error("nothing to hold");
say(`held ${held.entry.id}`);
createInterface({ input: process.stdin }).on("line", async () => {
  const stats = await queue.stats();
  const isHeld = await held.extend(1000);
  await held.complete();
  await held.bury("too late");
  say(`${isHeld ? "still held" : "lost"}, claimed ${stats.claimed}`);
  await queue.close();
  client.disconnect();
  process.exit(0);
});
