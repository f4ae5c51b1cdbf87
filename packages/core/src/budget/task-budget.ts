import type { Task } from "../task/task.js";

/** The limits a task's budget comes from, in US dollars. */
export interface BudgetSettings {
  readonly taskBudgetUsd: number;
  readonly dailyBudgetUsd: number;
}

/**
 * What one task may still spend, in US dollars: its budget less what its attempts have spent, and never more than a whole
 * day's, which no reservation could hold. Exact to a millionth, as ledgers are; 0 when nothing is left.
 */
export function taskBudgetLeftUsd({ usage }: Pick<Task, "usage">, settings: BudgetSettings): number {
  const leftUsd = Math.min(settings.taskBudgetUsd - usage.costUsd, settings.dailyBudgetUsd);
  return Math.max(0, Math.round(leftUsd * 1_000_000) / 1_000_000);
}
