import { sql } from "../database/sql.js";

/**
 * The last seq of the transcript of a row of `tasks`, those that were pruned included. Two statements of one moment may see
 * the same one: the second then violates the primary key of `task_events`, and is run again as a conflict.
 */
export const lastSeq = sql`GREATEST(tasks.event_count, (
    SELECT event.seq FROM task_events AS event WHERE event.task_id = tasks.id ORDER BY event.seq DESC LIMIT 1))`;
