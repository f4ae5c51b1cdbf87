import { describe, expect, test } from "vitest";
import { dailyScope } from "../../src/budget/task-budget.js";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { Store } from "../../src/ports/store.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

const spending = async () => ({ usage: { ...noUsage, costUsd: 0.4 } });
const lost = (what: string): AgentBotError => new AgentBotError("STORE_UNAVAILABLE", `${what} was lost`);

/** The balance of the task's day. */
async function balanceOf(store: Store, installationId: string) {
  return await store.budgets.balance(dailyScope(installationId, new Date()));
}

describe("a worker that does not receive the answer", () => {
  test("to a settlement that was stored shows nothing else after it", async () => {
    const store = createMemoryStore();
    const settle: Store["tasks"]["settle"] = async (...given) => {
      await store.tasks.settle(...given);
      throw lost("the answer");
    };
    const bench = await createBench({ store: { ...store, tasks: { ...store.tasks, settle } } });
    const taskId = await bench.ask();
    await bench.startWorker();
    await eventually("the run to be over", () =>
      bench.logger.lines.some(({ message }) => message.startsWith("The lease is lost")) ? true : null,
    );
    expect(await bench.task(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.bodies.at(-1)).toContain("is done");
  });

  test.each(["before", "after"] as const)(
    "that spending was stored, its connection lost just %s that, has it on the books once",
    async (moment) => {
      const store = createMemoryStore();
      let losses = 1;
      const settle: Store["budgets"]["settle"] = async (...given) => {
        losses -= 1;
        if (losses === 0 && moment === "before") throw lost("the request");
        await store.budgets.settle(...given);
        if (losses === 0) throw lost("the answer");
      };
      const budgets = { ...store.budgets, settle };
      const bench = await createBench({ store: { ...store, budgets }, script: spending });
      const taskId = await bench.ask();
      await bench.startWorker({ taskBudgetUsd: 2 });
      const { installationId } = await bench.ended(taskId);
      expect(bench.agent.jobs).toHaveLength(1);
      expect(await balanceOf(store, installationId)).toEqual({ reservedUsd: 0, spentUsd: 0.4 });
    },
  );

  test("what the agent has spent counts all it was given as spent", async () => {
    const bench = await createBench({
      script: async ({ number }) => {
        if (number === 1) throw new Error("its last line cannot be read");
        return await spending();
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2 });
    const { installationId } = await bench.ended(taskId);
    expect(await balanceOf(bench.store, installationId)).toEqual({ reservedUsd: 0, spentUsd: 2.4 });
  });

  test("that a checkpoint was stored stores it again instead of running the agent again", async () => {
    const store = createMemoryStore();
    let saves = 0;
    const save: Store["checkpoints"]["save"] = async (...given) => {
      saves += 1;
      if (saves === 1) throw lost("the request");
      await store.checkpoints.save(...given);
    };
    const bench = await createBench({
      store: { ...store, checkpoints: { ...store.checkpoints, save } },
      script: spending,
    });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2 });
    const { installationId } = await bench.ended(taskId);
    expect(bench.agent.jobs).toHaveLength(1);
    expect(await balanceOf(store, installationId)).toEqual({ reservedUsd: 0, spentUsd: 0.4 });
  });

  test.each(["finished", "unfinished"] as const)(
    "that a checkpoint of a run that is %s was stored, done though it is, counts its usage once",
    async (kind) => {
      const store = createMemoryStore();
      let losses = 1;
      const save: Store["checkpoints"]["save"] = async (...given) => {
        await store.checkpoints.save(...given);
        losses -= 1;
        if (losses === 0) throw lost("the answer");
      };
      const bench = await createBench({
        store: { ...store, checkpoints: { ...store.checkpoints, save } },
        script: async ({ number }) => {
          const isUnfinished = kind === "unfinished" && number === 1;
          const failed = { status: "failed", reason: "agent_interrupted", isRetryable: true } as const;
          return { ...(await spending()), ...(isUnfinished ? failed : {}) };
        },
      });
      const taskId = await bench.ask();
      await bench.startWorker({ taskBudgetUsd: 2 });
      const { status, usage, installationId } = await bench.ended(taskId);
      const runs = kind === "finished" ? 1 : 2;
      expect([status, usage.costUsd, bench.agent.jobs.length]).toEqual(["succeeded", 0.4 * runs, runs]);
      expect(await balanceOf(store, installationId)).toEqual({ reservedUsd: 0, spentUsd: 0.4 * runs });
    },
  );

  test("and an agent whose program cannot be started has cost nothing", async () => {
    const bench = await createBench({
      script: async () => {
        throw new AgentBotError("AGENT_UNAVAILABLE", "no such program");
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2 });
    const { installationId, status } = await bench.ended(taskId);
    expect(status).toBe("failed");
    expect(await balanceOf(bench.store, installationId)).toEqual({ reservedUsd: 0, spentUsd: 0 });
  });
});
