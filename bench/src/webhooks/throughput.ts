import type { BenchmarkContext } from "../benchmark.js";
import { median } from "../statistics.js";
import { type KeepAliveConnection, openConnection } from "./keep-alive-connection.js";
import type { Program } from "./program.js";

/** Senders at once: enough to keep either server busy. */
const senders = 32;

interface Measurement {
  readonly perSecond: number;
  /** Processor time of the server's own process for one webhook, in microseconds. */
  readonly cpuUs: number;
}

/** Sends for `durationMs` on every connection, each webhook after the answer to the one before. */
async function measure(program: Program, webhooks: () => Buffer, durationMs: number): Promise<Measurement> {
  const prepared = Array.from({ length: durationMs * 6 }, webhooks);
  const connections = await Promise.all(Array.from({ length: senders }, () => openConnection(program.port)));
  const before = await program.usage();
  const startedAt = performance.now();
  let answered = 0;
  const send = async (connection: KeepAliveConnection): Promise<void> => {
    while (performance.now() - startedAt < durationMs) {
      const request = prepared.pop();
      if (!request) return;
      const { status, body } = await connection.send(request);
      if (status !== 200) throw new Error(`A webhook was answered ${status}: ${body.slice(0, 200)}`);
      answered += 1;
    }
  };
  await Promise.all(connections.map(send));
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await program.usage();
  for (const connection of connections) connection.close();
  return { perSecond: answered / seconds, cpuUs: ((after.cpuMs - before.cpuMs) / answered) * 1000 };
}

/** Compares the gateway with the bare server, in turns; both are up all the time. */
export async function compareThroughput(
  gateway: Program,
  bare: Program,
  webhooks: () => Buffer,
  { rounds, print }: BenchmarkContext,
): Promise<void> {
  const durationMs = 3000;
  await measure(bare, webhooks, durationMs);
  await measure(gateway, webhooks, durationMs);
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const plain = await measure(bare, webhooks, durationMs);
    const full = await measure(gateway, webhooks, durationMs);
    ratios.push(full.perSecond / plain.perSecond);
    print(`round ${round}: gateway ${describe(full)}; bare server ${describe(plain)}`);
  }
  print(`gateway throughput: ${median(ratios).toFixed(2)}x a bare node:http server with HMAC and one INSERT (median)`);
}

function describe({ perSecond, cpuUs }: Measurement): string {
  return `${perSecond.toFixed(0)}/s with ${cpuUs.toFixed(0)} us of processor time each`;
}
