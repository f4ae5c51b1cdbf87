import { sql } from "../database/sql.js";

/** Is a row of `tasks` in the queue: waiting, delayed or claimed? A task that reaches a final state leaves it by that. */
export const isInQueue = sql`tasks.queue_rank IS NOT NULL AND tasks.status IN ('queued', 'running')`;

/** Is a thread's entry claimed? The lease lies in the thread's row, so that two of its entries can never be held at once. */
export const isThreadClaimed = sql`COALESCE(threads.queue_claimed_until > statement_timestamp(), FALSE)`;

/** One step of priority is worth a minute of waiting, so that nothing starves. */
export const priorityStep = sql`interval '1 minute'`;

/** What a new row of `tasks` says of its place in the queue: a recorded task is queued by that, due at once. */
export const queueColumns = sql`queue_rank, queue_place, queue_due`;

/** The values of {@link queueColumns}, where `priority` is the task's. */
export const placeInQueue = sql`statement_timestamp() + priority * ${priorityStep}, nextval('tasks_queue_place'),
  statement_timestamp()`;
