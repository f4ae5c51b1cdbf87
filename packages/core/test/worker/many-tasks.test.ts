import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { eventually } from "../../src/testing/eventually.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { createBench } from "./fixtures/create-bench.js";

const taskCount = 200;
const threadCount = 20;

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("200 tasks of 20 threads over three workers, while everything fails now and then", () => {
  test.each([42])(
    "end once each, in their thread's order, with one comment and at most one pull request (seed %i)",
    async (seed) => {
      const random = createRandom(seed);
      const fallible =
        <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
        async (...given: Given): Promise<Result> => {
          if (random() < 0.05) throw new AgentBotError("PROVIDER_UNAVAILABLE", "down before");
          const result = await work(...given);
          if (random() < 0.05) throw new AgentBotError("PROVIDER_UNAVAILABLE", "down after");
          return result;
        };
      const running = new Set<string>();
      const overlaps: string[] = [];
      const bench = await createBench({
        script: async ({ job, write }) => {
          const { threadId } = await bench.task(job.taskId);
          if (running.has(threadId)) overlaps.push(threadId);
          running.add(threadId);
          await new Promise((resolve) => setTimeout(resolve, random() * 4));
          running.delete(threadId);
          if (random() < 0.1) throw new Error("crash");
          if (random() < 0.1) return { status: "failed", reason: "agent_overloaded", isRetryable: true };
          if (random() < 0.1) return { status: "failed", reason: "agent_refused", isRetryable: false };
          if (random() < 0.7) await write("fixed.ts", `${job.taskId}\n`);
          return {};
        },
      });
      const { conversation } = bench.provider;
      const { codeHost } = bench.acme;
      const provider = {
        ...bench.provider,
        conversation: {
          ...conversation,
          findStatus: fallible(conversation.findStatus),
          postStatus: fallible(conversation.postStatus),
          updateStatus: fallible(conversation.updateStatus),
        },
        codeHost: {
          ...codeHost,
          permission: fallible(codeHost.permission),
          findPullRequest: fallible(codeHost.findPullRequest),
          openPullRequest: fallible(codeHost.openPullRequest),
        },
      };
      const order: string[] = [];
      bench.events.on("task:settled", ({ taskId, settlement }) => {
        if (settlement.status !== "queued") order.push(taskId);
      });
      const byThread = new Map<number, string[]>();
      for (let index = 0; index < taskCount; index += 1) {
        const thread = index % threadCount;
        const draft = { ...bench.draft(thread + 1), threadAliases: [`acme:issue:${thread}`] };
        const { taskId, entry } = await recordTask(bench.store, draft, bench.tenant);
        byThread.set(thread, [...(byThread.get(thread) ?? []), taskId]);
        if (random() < 0.95) await bench.queue.enqueue([entry]);
      }
      const taskIds = [...byThread.values()].flat();
      for (let worker = 0; worker < 3; worker += 1) {
        await bench.startWorker({
          providers: [provider],
          concurrency: 4,
          maxAttempts: 4,
          dailyBudgetUsd: 1000,
        });
      }
      await eventually("all to end", () => (order.length >= taskCount ? true : null), { everyMs: 50 });
      const tasks = await Promise.all(taskIds.map((taskId) => bench.task(taskId)));

      expect(overlaps).toEqual([]);
      expect([...order].sort()).toEqual([...taskIds].sort());
      for (const inThread of byThread.values()) {
        expect(order.filter((taskId) => inThread.includes(taskId))).toEqual(inThread);
      }
      for (const { id, result } of tasks) {
        const comments = bench.comments().filter((body) => body.includes(`agentbot:task=${id} `));
        const pullRequests = codeHost.pullRequests.filter(({ headBranch }) => headBranch === `agentbot/${id}`);
        expect(comments.length).toBeLessThanOrEqual(1);
        expect(pullRequests.length).toBeLessThanOrEqual(1);
        if (result?.pullRequest) expect(pullRequests).toHaveLength(1);
      }
      expect(tasks.filter(({ status }) => status === "succeeded").length).toBeGreaterThan(taskCount / 2);
      expect([codeHost.liveCredentials.length, bench.workspaces.live.size]).toEqual([0, 0]);
    },
  );
});
