import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { BenchmarkContext } from "../benchmark.js";
import { quantile } from "../statistics.js";
import { type KeepAliveConnection, openConnection } from "./keep-alive-connection.js";
import type { Program } from "./program.js";

const perSecond = 100;
const seconds = 60;
/** How long the tasks may take to end after the last webhook, in seconds. */
const patienceSeconds = 120;

/** Sends at a steady rate, whatever the answers do, and waits until every task has ended. */
export async function sendSteadily(
  gateway: Program,
  database: Client,
  webhooks: () => Buffer,
  { print }: BenchmarkContext,
): Promise<void> {
  const free: KeepAliveConnection[] = [];
  const opened: KeepAliveConnection[] = [];
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
  const send = async (dueAt: number): Promise<void> => {
    while (free.at(-1)?.isOpen === false) free.pop();
    const connection = free.pop() ?? (await openConnection(gateway.port));
    if (!opened.includes(connection)) opened.push(connection);
    const { status } = await connection.send(webhooks());
    // From the moment it was due: a sender that is held up must not hide the wait.
    latenciesMs.push(performance.now() - dueAt);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    free.push(connection);
  };
  const before = await countTasks(database);
  const startedAt = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueAt = startedAt + (index * 1000) / perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    sent.push(send(dueAt));
  }
  await Promise.all(sent);
  for (const connection of opened) connection.close();
  const answers = [...statuses].map(([status, count]) => `${count} x ${status}`).join(", ");
  print(`${perSecond} webhooks/s for ${seconds} s: ${answers}`);
  print(
    `answer: p50 ${quantile(latenciesMs, 0.5).toFixed(1)} ms, p99 ${quantile(latenciesMs, 0.99).toFixed(1)} ms, ` +
      `slowest ${quantile(latenciesMs, 1).toFixed(1)} ms`,
  );

  const endAt = performance.now() + patienceSeconds * 1000;
  let tasks = await countTasks(database);
  while (tasks.finished - before.finished < sent.length && performance.now() < endAt) {
    await sleep(200);
    tasks = await countTasks(database);
  }
  const lastedSeconds = (performance.now() - startedAt) / 1000;
  print(
    `tasks: ${tasks.all - before.all} recorded, ${tasks.succeeded - before.succeeded} succeeded, the last one ` +
      `${(lastedSeconds - seconds).toFixed(1)} s after the last webhook`,
  );
  if (tasks.succeeded - before.succeeded !== sent.length) throw new Error("Not every webhook became a finished task");
}

async function countTasks(database: Client): Promise<{ all: number; finished: number; succeeded: number }> {
  const { rows } = await database.query("SELECT status, COUNT(*)::integer AS count FROM tasks GROUP BY status");
  const count = (statuses: readonly string[]): number =>
    rows
      .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
      .reduce((sum, row) => sum + row.count, 0);
  return { all: count([]), finished: count(["succeeded", "failed", "cancelled"]), succeeded: count(["succeeded"]) };
}
