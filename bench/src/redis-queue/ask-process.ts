import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import type { Measurement, MeasureRequest } from "./measurement.js";

/** The request to a side, without the server and the queue. */
export type Question = Pick<MeasureRequest, "side" | "measure" | "count" | "concurrency">;

const program = fileURLToPath(new URL("./redis-queue/measure-process.js", import.meta.url));
/** No measure takes longer, in milliseconds. */
const timeoutMs = 300_000;

/** Measures once, in a process of its own on a queue of its own, and leaves nothing in Redis. */
export async function askProcess(redisUrl: string, question: Question): Promise<Measurement> {
  const name = `bench-${randomBytes(6).toString("hex")}`;
  const ask = async (measure: MeasureRequest["measure"]): Promise<Measurement> => {
    const request: MeasureRequest = { ...question, measure, redisUrl, name };
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(request)], {
      timeout: timeoutMs,
    });
    return JSON.parse(stdout, (_, value) => value ?? Number.NaN);
  };
  try {
    // Filled by another process: neither its memory nor its warmed-up code is part of the measure.
    if (question.measure === "drain") await ask("fill");
    return await ask(question.measure);
  } finally {
    const client = new Redis(redisUrl);
    const keys = await client.keys(`*${name}*`);
    if (keys.length > 0) await client.unlink(...keys);
    client.disconnect();
  }
}
