import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { Pool } from "pg";
import type { QueueSide } from "./queue-side.js";

const payload = {
  threadId: "0198c0de-0000-7000-8000-000000000002",
  installationId: "0198c0de-0000-7000-8000-000000000001",
  repositoryId: "1234567890",
};
const silent = new Logger(() => () => {});

/** The options that its documentation recommends for speed: jobs fetched ahead, and finished ones deleted in batches. */
const tuned = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

/** graphile-worker as its guide sets it up, or tuned for throughput. */
export async function createGraphileSide(databaseUrl: string, isTuned: boolean): Promise<QueueSide> {
  const pool = new Pool({ connectionString: databaseUrl, max: 20 });
  pool.on("error", () => {});
  const utilities = await makeWorkerUtils({ pgPool: pool, logger: silent });
  await utilities.migrate();
  return {
    name: isTuned ? "graphile-worker tuned" : "graphile-worker",
    add: async () => void (await utilities.addJob("task", payload)),
    async addMany(count) {
      for (let added = 0; added < count; added += 1000) {
        const length = Math.min(1000, count - added);
        await utilities.addJobs(Array.from({ length }, () => ({ identifier: "task", payload })));
      }
    },
    async work(concurrency, onTask) {
      const runner = await run({
        pgPool: pool,
        concurrency,
        noHandleSignals: true,
        logger: silent,
        taskList: { task: async () => onTask() },
        ...(isTuned ? { preset: { worker: tuned } } : {}),
      });
      return { stop: () => runner.stop() };
    },
    async close() {
      await utilities.release();
      await pool.end();
    },
  };
}
