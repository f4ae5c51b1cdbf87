import type { Machine } from "./machine.js";

/** The writes to the store and to the outside world, and the broken promises among them. */
export interface Watch {
  /** In words; empty when all went well. */
  readonly violations: readonly string[];
  /** Tasks that are not final. */
  readonly openCount: number;
  /** Every task by its id, with the key of its delivery. */
  readonly tasks: ReadonlyMap<string, string>;
  accepts(taskId: string, thread: string, key: string): void;
  begins(machine: Machine, taskId: string, fence: number): void;
  /** A write under this fence was let through. */
  writesUnder(taskId: string, fence: number, what: string): void;
  /** The lease of a run has ended. */
  recovers(taskId: string): void;
  settles(taskId: string, isFinal: boolean): void;
  cancels(taskId: string): void;
  reopens(taskId: string): void;
  /** A machine sends something to the provider or the git server. */
  sends(machine: Machine, taskId: string, what: string): void;
  /** Returns what ends it. */
  agentStarts(machine: Machine, taskId: string): () => void;
  reserves(taskId: string, fence: number, scopes: readonly string[]): void;
  spends(taskId: string, fence: number, costUsd: number): void;
  /** The real spending under each scope, in US dollars. */
  readonly spentUsd: ReadonlyMap<string, number>;
  says(violation: string): void;
}

interface Watched {
  readonly thread: string;
  /** The machine that holds it, or null. */
  held: { readonly fence: number; readonly machine: Machine } | null;
  isFinal: boolean;
}

/** Watches from nothing. */
export function createWatch(): Watch {
  const violations: string[] = [];
  const tasks = new Map<string, string>();
  const watched = new Map<string, Watched>();
  const keys = new Map<string, string>();
  /** The tasks of a thread that are not final, in their order. */
  const lines = new Map<string, string[]>();
  const agents = new Map<string, { readonly machine: Machine; readonly taskId: string }[]>();
  const scopes = new Map<string, readonly string[]>();
  const spentUsd = new Map<string, number>();
  let openCount = 0;

  const says = (violation: string): void => void violations.push(violation);
  const find = (taskId: string): Watched => {
    const found = watched.get(taskId);
    if (found) return found;
    says(`task ${taskId} was never accepted`);
    return { thread: "", held: null, isFinal: false };
  };
  const lineOf = (thread: string): string[] => {
    const line = lines.get(thread) ?? [];
    lines.set(thread, line);
    return line;
  };
  const end = (taskId: string): void => {
    const task = find(taskId);
    if (task.isFinal) says(`task ${taskId} ended twice`);
    task.isFinal = true;
    task.held = null;
    openCount -= 1;
    const line = lineOf(task.thread);
    line.splice(line.indexOf(taskId), 1);
  };

  return {
    violations,
    tasks,
    spentUsd,
    get openCount() {
      return openCount;
    },
    says,
    accepts(taskId, thread, key) {
      const first = keys.get(key);
      if (first !== undefined) says(`delivery ${key} became tasks ${first} and ${taskId}`);
      keys.set(key, taskId);
      tasks.set(taskId, key);
      watched.set(taskId, { thread, held: null, isFinal: false });
      lineOf(thread).push(taskId);
      openCount += 1;
    },
    begins(machine, taskId, fence) {
      const task = find(taskId);
      const line = lineOf(task.thread);
      if (task.isFinal) says(`task ${taskId} began after its end`);
      if (line[0] !== taskId) says(`task ${taskId} began before task ${line[0]} of its thread had ended`);
      for (const other of line) {
        const holder = watched.get(other)?.held;
        if (holder && other !== taskId) says(`tasks ${other} and ${taskId} of one thread run at once`);
      }
      if (task.held && task.held.fence >= fence) says(`task ${taskId} began under fence ${fence} twice`);
      task.held = { fence, machine };
    },
    writesUnder(taskId, fence, what) {
      const { held } = find(taskId);
      if (held?.fence !== fence) says(`${what} of task ${taskId} under fence ${fence}, held under ${held?.fence}`);
    },
    recovers(taskId) {
      find(taskId).held = null;
    },
    settles(taskId, isFinal) {
      if (isFinal) end(taskId);
      else find(taskId).held = null;
    },
    cancels: end,
    reopens(taskId) {
      const task = find(taskId);
      if (!task.isFinal) says(`task ${taskId} was reopened before its end`);
      task.isFinal = false;
      openCount += 1;
      lineOf(task.thread).push(taskId);
    },
    sends(machine, taskId, what) {
      const { held } = find(taskId);
      if (held?.machine === machine && held.fence === machine.fences.get(taskId)) return;
      says(`${machine.name} ${what} for task ${taskId}, which ${held?.machine.name ?? "nobody"} holds`);
    },
    agentStarts(machine, taskId) {
      const { thread } = find(taskId);
      const running = agents.get(thread) ?? [];
      for (const other of running) {
        if (!other.machine.wasPaused)
          says(`agents of tasks ${other.taskId} (${other.machine.name}) and ${taskId} (${machine.name}) run at once`);
      }
      const agent = { machine, taskId };
      agents.set(thread, [...running, agent]);
      return () => {
        agents.set(
          thread,
          (agents.get(thread) ?? []).filter((each) => each !== agent),
        );
      };
    },
    reserves(taskId, fence, given) {
      scopes.set(`${taskId} ${fence}`, given);
    },
    spends(taskId, fence, costUsd) {
      for (const scope of scopes.get(`${taskId} ${fence}`) ?? [])
        spentUsd.set(scope, (spentUsd.get(scope) ?? 0) + costUsd);
    },
  };
}
