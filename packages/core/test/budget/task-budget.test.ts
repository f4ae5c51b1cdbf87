import { describe, expect, test } from "vitest";
import { dailyScope, millisecondsUntilTomorrow, taskBudgetLeftUsd } from "../../src/budget/task-budget.js";
import { noUsage } from "../../src/task/agent-outcome.js";

const left = (costUsd: number, taskBudgetUsd: number, dailyBudgetUsd: number): number =>
  taskBudgetLeftUsd({ usage: { ...noUsage, costUsd } }, { taskBudgetUsd, dailyBudgetUsd });

describe("what a task may still spend", () => {
  test.each([
    { spent: 0, task: 5, daily: 100, expected: 5 },
    { spent: 1.5, task: 5, daily: 100, expected: 3.5 },
    { spent: 0, task: 5, daily: 3, expected: 3 },
    { spent: 5, task: 5, daily: 100, expected: 0 },
    { spent: 7, task: 5, daily: 100, expected: 0 },
    { spent: 0.1 + 0.2, task: 0.3, daily: 100, expected: 0 },
    { spent: 0.7, task: 1, daily: 100, expected: 0.3 },
  ])("of $task a task and $daily a day after $spent is $expected", ({ spent, task, daily, expected }) => {
    expect(left(spent, task, daily)).toBe(expected);
  });
});

describe("a day of an installation", () => {
  test("is a UTC day, whatever the machine's time zone", () => {
    expect(dailyScope("7", new Date("2026-11-22T23:59:59.999Z"))).toBe("installation/7/2026-11-22");
    expect(dailyScope("7", new Date("2026-11-23T00:00:00.000Z"))).toBe("installation/7/2026-11-23");
  });

  test("has ended when the wait until tomorrow is over", () => {
    expect(millisecondsUntilTomorrow(new Date("2026-11-22T23:59:59.000Z"))).toBe(1000);
    expect(millisecondsUntilTomorrow(new Date("2026-11-22T00:00:00.000Z"))).toBe(86_400_000);
  });
});
