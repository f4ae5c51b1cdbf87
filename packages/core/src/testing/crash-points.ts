/**
 * The durable steps of a task's life, in order: from the check of the signature to the removal from the queue. An effect is
 * three of them: its intent, the write itself and its record.
 */
export const durableSteps = [
  "verify",
  "record",
  "enqueue",
  "claim",
  "begin",
  "reaction",
  "comment-intent",
  "comment",
  "comment-record",
  "comment-update",
  "reserve",
  "credential",
  "workspace",
  "agent",
  "commit",
  "checkpoint",
  "spend",
  "branch-intent",
  "push",
  "branch-record",
  "pull-request-intent",
  "pull-request",
  "pull-request-record",
  "link",
  "transcript",
  "dispose",
  "revoke",
  "settle",
  "complete",
] as const;

/** One of the durable steps of a task's life. */
export type DurableStep = (typeof durableSteps)[number];

/** A place where a process may die: just before or just after a durable step. */
export type CrashPoint = `before:${DurableStep}` | `after:${DurableStep}`;

/** The places just before and just after each of these steps. */
export function crashPointsOf(steps: readonly DurableStep[]): readonly CrashPoint[] {
  return steps.flatMap((step): CrashPoint[] => [`before:${step}`, `after:${step}`]);
}

/** Every place where a process may die. */
export const crashPoints: readonly CrashPoint[] = crashPointsOf(durableSteps);
