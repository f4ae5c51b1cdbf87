import { createPostgresQueue, migrate, openPostgresDatabase } from "@agentbot/adapter-postgres";
import type { TaskQueue } from "@agentbot/core";
import { Pool } from "pg";
import { createTaskTable } from "./insert-tasks.js";
import type { QueueSide } from "./queue-side.js";

const leaseMs = 30_000;
const claimWaitMs = 5000;

/** Our queue: what is added is the row of a task, then its entry; worked on the way the worker's own loop does it. */
export async function createAgentbotSide(databaseUrl: string): Promise<QueueSide> {
  const pool = new Pool({ connectionString: databaseUrl, max: 20 });
  const database = openPostgresDatabase({ pool });
  await migrate(database);
  const tasks = createTaskTable(database);
  const queue = createPostgresQueue({ database });
  return {
    name: "agentbot",
    add: async () => queue.enqueue([await tasks.insert()]),
    async addMany(count) {
      for (let added = 0; added < count; added += 1000) {
        await queue.enqueue(await tasks.insertMany(Math.min(1000, count - added)));
      }
    },
    async work(concurrency, onTask) {
      const stopped = new AbortController();
      // Over another pool, so that nothing is known here of what was just added.
      const workerPool = new Pool({ connectionString: databaseUrl, max: 20 });
      const workerQueue = createPostgresQueue({ database: openPostgresDatabase({ pool: workerPool }) });
      const loop = takeTasks(workerQueue, concurrency, onTask, stopped.signal);
      return {
        async stop() {
          stopped.abort();
          await loop;
          await workerQueue.close();
          await workerPool.end();
        },
      };
    },
    async close() {
      await queue.close();
      await pool.end();
    },
  };
}

async function takeTasks(
  queue: TaskQueue,
  concurrency: number,
  onTask: () => void,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let onPlaceFreed = (): void => {};
  while (!signal.aborted) {
    if (running.size >= concurrency) {
      await new Promise<void>((resolve) => {
        onPlaceFreed = resolve;
      });
      continue;
    }
    const limit = concurrency - running.size;
    for (const entry of await queue.claim({ kind: "task", limit, leaseMs, waitMs: claimWaitMs, signal })) {
      const work = async (): Promise<void> => {
        onTask();
        await entry.complete();
      };
      const ended = work().finally(() => {
        running.delete(ended);
        onPlaceFreed();
      });
      running.add(ended);
    }
  }
  await Promise.all(running);
}
