import type { QueueEntry } from "@agentbot/core";
import { z } from "zod";
import { integerColumn } from "../database/rows.js";
import { millisecondsUntil, type SqlFragment, sql } from "../database/sql.js";

/** Does the task of a row wait for its quota, so that later ones of its thread pass it? Never NULL. */
export function isPassed(table: SqlFragment): SqlFragment {
  return sql`(${table}.status = 'queued' AND ${table}.reason IS NOT DISTINCT FROM 'quota'
    AND COALESCE(${table}.not_before > clock_timestamp(), FALSE))`;
}

/** The columns of {@link entryRow}, of a task: its lane is its thread, or its own while others pass it. */
export const taskEntryColumns = sql`tasks.id, tasks.sequence, 'task' AS kind,
  CASE WHEN ${isPassed(sql`tasks`)} THEN tasks.thread_id || '/' || tasks.id ELSE tasks.thread_id END AS lane, tasks.priority,
  tasks.installation_id, ${millisecondsUntil(sql`tasks.not_before`)} AS delay_ms`;

/** The columns of {@link entryRow}, of a command. */
export const commandEntryColumns = sql`commands.id, commands.sequence, 'command' AS kind, commands.lane, 0 AS priority,
  commands.installation_id, 0::bigint AS delay_ms`;

/** A row that belongs in the queue. */
export const entryRow = z.object({
  id: z.string(),
  sequence: integerColumn,
  kind: z.enum(["task", "command"]),
  lane: z.string(),
  priority: integerColumn,
  installation_id: z.string(),
  delay_ms: integerColumn,
});

/** Converts a row to the port's form. */
export function toEntry(row: z.output<typeof entryRow>): QueueEntry {
  const { id, kind, lane, priority, installation_id: installationId, delay_ms: delayMs } = row;
  return { id, kind, lane, installationId, priority, delayMs };
}
