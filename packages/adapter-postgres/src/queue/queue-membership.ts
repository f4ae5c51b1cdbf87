import { sql } from "../database/sql.js";

/** Is a row of `tasks` in the queue: waiting, delayed or claimed? A task that reaches a final state leaves it by that. */
export const isInQueue = sql`tasks.queue_rank IS NOT NULL AND tasks.status IN ('queued', 'running')`;

/** Is a thread's entry claimed? The lease lies in the thread's row, so that two of its entries can never be held at once. */
export const isThreadClaimed = sql`COALESCE(threads.queue_claimed_until > statement_timestamp(), FALSE)`;

/** Is a row of `commands` in the queue? A command that was answered leaves it by that. */
export const isCommandInQueue = sql`commands.queue_place IS NOT NULL AND commands.finished_at IS NULL`;

/** Is a command claimed? The lease lies in its own row, since only the first of a lane is ever claimed. */
export const isCommandClaimed = sql`COALESCE(commands.queue_claimed_until > statement_timestamp(), FALSE)`;

/** Milliseconds of waiting that equal one priority step: one minute, so that nothing starves. */
export const priorityStep = sql`interval '1 minute'`;

/** The columns with a task's place in the queue: a recorded task is queued by them, due at once. */
export const queueColumns = sql`queue_rank, queue_place, queue_due`;

/** The values of {@link queueColumns}, where `priority` is the task's. */
export const placeInQueue = sql`statement_timestamp() + priority * ${priorityStep}, nextval('tasks_queue_place'),
  statement_timestamp()`;
