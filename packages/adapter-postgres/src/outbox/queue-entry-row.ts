import type { QueueEntry } from "@agentbot/core";
import { z } from "zod";
import { integerColumn } from "../database/row-columns.js";
import { sql } from "../database/sql.js";
import { millisecondsUntil } from "../database/time.js";

/** The columns of {@link entryRow}. */
export const entryColumns = sql`tasks.id, tasks.sequence, tasks.thread_id, tasks.priority, tasks.installation_id,
  tasks.repository_id, ${millisecondsUntil(sql`tasks.not_before`)} AS delay_ms`;

/** What of a row of `tasks` belongs in the queue. */
export const entryRow = z.object({
  id: z.string(),
  sequence: integerColumn,
  thread_id: z.string(),
  priority: integerColumn,
  installation_id: z.string(),
  repository_id: z.string(),
  delay_ms: integerColumn,
});

/** A row as the port tells it. */
export function toEntry(row: z.output<typeof entryRow>): QueueEntry {
  return {
    taskId: row.id,
    threadId: row.thread_id,
    priority: row.priority,
    installationId: row.installation_id,
    repositoryId: row.repository_id,
    delayMs: row.delay_ms,
  };
}
