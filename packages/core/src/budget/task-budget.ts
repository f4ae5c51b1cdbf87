import type { Task } from "../task/task.js";

/** The limits of spending, in US dollars. */
export interface BudgetSettings {
  readonly taskBudgetUsd: number;
  readonly dailyBudgetUsd: number;
}

/**
 * Returns the remaining budget of a task, in US dollars: its budget less the spending of its attempts, and never more than a
 * whole day's, which no reservation could hold. Exact to a millionth, as ledgers are; 0 if nothing is left.
 */
export function taskBudgetLeftUsd({ usage }: Pick<Task, "usage">, settings: BudgetSettings): number {
  const leftUsd = Math.min(settings.taskBudgetUsd - usage.costUsd, settings.dailyBudgetUsd);
  return Math.max(0, Math.round(leftUsd * 1_000_000) / 1_000_000);
}

const dayMs = 24 * 60 * 60 * 1000;

/** Returns the budget scope of one installation's UTC day. */
export function dailyScope(installationId: string, now: Date): string {
  return `installation/${installationId}/${now.toISOString().slice(0, 10)}`;
}

/** Returns the time until the next UTC day begins, in milliseconds. */
export function millisecondsUntilTomorrow(now: Date): number {
  return dayMs - (now.getTime() % dayMs);
}
