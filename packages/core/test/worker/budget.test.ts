import { describe, expect, test } from "vitest";
import { dailyScope } from "../../src/budget/task-budget.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

const spending = (costUsd: number) => async () => ({ usage: { ...noUsage, costUsd } });

describe("the budget", () => {
  test("is reserved while a task runs, and what was spent is counted when it ends", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bench = await createBench({
      script: async () => {
        await released;
        return spending(0.4)();
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2, dailyBudgetUsd: 10 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    const scope = dailyScope((await bench.task(taskId)).installationId, new Date());
    expect(await bench.store.budgets.balance(scope)).toEqual({ reservedUsd: 2, spentUsd: 0 });
    release();
    await bench.ended(taskId);
    expect(await bench.store.budgets.balance(scope)).toEqual({ reservedUsd: 0, spentUsd: 0.4 });
  });

  test("that is used up parks the next task until tomorrow, shown in the thread, without using an attempt", async () => {
    const bench = await createBench({ script: spending(2) });
    const first = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2, dailyBudgetUsd: 3 });
    await bench.ended(first);
    const second = await bench.ask(bench.draft(8));
    const parked = await bench.taskWhen(second, "to be parked", ({ reason }) => reason === "budget");
    expect(parked).toMatchObject({ status: "queued", attempt: 0 });
    expect(parked.notBefore?.toISOString()).toMatch(/T00:00:0/);
    expect(bench.comments().at(-1)).toContain("waits. Today's budget of $3 is used up");
    expect(bench.agent.jobs).toHaveLength(1);
    await eventually("the queue to delay it", async () => ((await bench.queue.stats()).delayed === 1 ? true : null));
  });

  test("that is only set aside for other tasks parks the next one for a short while", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bench = await createBench({
      script: async () => {
        await released;
        return {};
      },
    });
    await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2, dailyBudgetUsd: 3 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    const second = await bench.ask(bench.draft(8));
    const parked = await bench.taskWhen(second, "to be parked", ({ reason }) => reason === "budget");
    expect(parked.attempt).toBe(0);
    expect((parked.notBefore?.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(60_000);
    expect(bench.comments().at(-1)).toContain("reserved for running tasks");
    release();
  });

  test("of a task that its attempts have spent whole ends it", async () => {
    const bench = await createBench({
      script: async () => ({
        ...{ status: "failed", reason: "agent_overloaded", isRetryable: true },
        usage: { ...noUsage, costUsd: 2 },
      }),
    });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2, maxAttempts: 5 });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "failed", reason: "budget", attempt: 2, usage: { costUsd: 2 } });
    expect(bench.agent.jobs).toHaveLength(1);
    expect(bench.comments()).toEqual([expect.stringContaining("reached its budget")]);
  });

  test("of a task is never more than a day's", async () => {
    const bench = await createBench({ script: spending(0.1) });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 5, dailyBudgetUsd: 3 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(bench.agent.jobs[0]?.budgetUsd).toBe(3);
  });

  test("counts the money of a run whose change cannot be kept", async () => {
    const bench = await createBench({
      maxChangeCharacters: 10,
      script: async ({ write }) => {
        await write("large.txt", "x".repeat(100));
        return spending(0.6)();
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker();
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "failed", reason: "change_too_large", usage: { costUsd: 0.6 } });
    const scope = dailyScope(task.installationId, new Date());
    expect(await bench.store.budgets.balance(scope)).toEqual({ reservedUsd: 0, spentUsd: 0.6 });
  });
});
