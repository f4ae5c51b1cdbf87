import type { RequestKind } from "./step.js";

/** A task as the model has it. */
export interface ModelTask {
  readonly id: string;
  readonly message: number;
  readonly request: RequestKind;
  readonly thread: number;
  /** How it has ended, as far as is known without looking; null while it is open. */
  end: "succeeded" | "failed" | "cancelled" | null;
  /** A stop was requested while it ran, or may have run. */
  isCancelRequested: boolean;
  /** A retry was requested: it went to the end of its thread's line. */
  wasReopened: boolean;
}

/** The states in which a task may be once nothing happens any more. */
export type Expected = readonly ("succeeded" | "failed" | "cancelled" | "running" | "queued")[];

/** The reference: threads as lines of tasks, and the end of each when nothing is left to do. */
export interface Model {
  readonly tasks: ReadonlyMap<string, ModelTask>;
  accept(task: Pick<ModelTask, "id" | "message" | "request" | "thread">): void;
  cancel(taskId: string, how: "cancelled" | "requested"): void;
  /** Last in its thread's line, as new. */
  reopen(taskId: string): void;
  /** The possible ends of every task, given the messages whose agents were released. */
  expected(released: ReadonlySet<number>): ReadonlyMap<string, Expected>;
  /** Takes over what was seen of tasks that might have ended in one way or another. */
  observe(taskId: string, status: string): void;
}

/** The end of a request that is not stopped. */
const naturalEnds = { quick: "succeeded", hold: "succeeded", fail: "failed" } as const;

/** A model without tasks. */
export function createModel(): Model {
  const tasks = new Map<string, ModelTask>();
  const lines = new Map<number, string[]>();
  const line = (thread: number): string[] => {
    const known = lines.get(thread) ?? [];
    lines.set(thread, known);
    return known;
  };
  const find = (taskId: string): ModelTask => {
    const task = tasks.get(taskId);
    if (!task) throw new Error(`The model has no task ${taskId}`);
    return task;
  };

  return {
    tasks,
    accept(task) {
      tasks.set(task.id, { ...task, end: null, isCancelRequested: false, wasReopened: false });
      line(task.thread).push(task.id);
    },
    cancel(taskId, how) {
      const task = find(taskId);
      if (how === "cancelled") task.end = "cancelled";
      else task.isCancelRequested = true;
    },
    reopen(taskId) {
      const task = find(taskId);
      task.end = null;
      task.isCancelRequested = false;
      task.wasReopened = true;
      const ids = line(task.thread);
      ids.splice(ids.indexOf(taskId), 1);
      ids.push(taskId);
    },
    expected(released) {
      const expected = new Map<string, Expected>();
      for (const ids of lines.values()) {
        let isBlocked = false;
        for (const id of ids) {
          const { end, request, message, isCancelRequested } = find(id);
          const isHeld = request === "hold" && !released.has(message);
          if (end !== null) expected.set(id, [end]);
          else if (isBlocked) expected.set(id, ["queued"]);
          else if (isHeld && !isCancelRequested) {
            expected.set(id, ["running"]);
            isBlocked = true;
          } else if (isHeld) expected.set(id, ["cancelled"]);
          else expected.set(id, isCancelRequested ? [naturalEnds[request], "cancelled"] : [naturalEnds[request]]);
        }
      }
      return expected;
    },
    observe(taskId, status) {
      const task = find(taskId);
      if (status === "succeeded" || status === "failed" || status === "cancelled") task.end = status;
    },
  };
}
