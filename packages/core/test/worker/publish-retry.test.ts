import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { Settlement } from "../../src/ports/task-store.js";
import type { WorkspaceFactory } from "../../src/ports/workspace-factory.js";
import { checkpointFixture } from "../../src/testing/checkpoint-fixture.js";
import { createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";

const down = (): never => {
  throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down");
};

/** Fails the first `times` calls: before the work is done, or after it, as when the answer is lost. */
function failing<Given extends unknown[], Result>(
  work: (...given: Given) => Promise<Result>,
  { times, when = "before" }: { readonly times: number; readonly when?: "before" | "after" },
): (...given: Given) => Promise<Result> {
  let calls = 0;
  return async (...given) => {
    calls += 1;
    if (calls <= times && when === "before") down();
    const result = await work(...given);
    if (calls <= times) down();
    return result;
  };
}

/** The first workspaces fail to commit, `times` times in all. */
function withCommit(workspaces: WorkspaceFactory, times: number, createError: () => Error): WorkspaceFactory {
  let left = times;
  return {
    async prepare(...request) {
      const prepared = await workspaces.prepare(...request);
      const { workspace } = prepared;
      const commit: typeof workspace.commit = async (...given) => {
        left -= 1;
        if (left >= 0) throw createError();
        return await workspace.commit(...given);
      };
      return { ...prepared, workspace: { ...workspace, commit } };
    },
  };
}

function withPublish(workspaces: WorkspaceFactory, times: number): WorkspaceFactory {
  let left = times;
  return {
    async prepare(...request) {
      const prepared = await workspaces.prepare(...request);
      const { workspace } = prepared;
      const publish = failing(workspace.publish, { times: left });
      left -= 1;
      return { ...prepared, workspace: { ...workspace, publish } };
    },
  };
}

const cases = ["before", "after"] as const;

describe("a task whose agent is done", () => {
  test("is committed by a later try of the same attempt; the agent never runs again", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    const full = (): Error =>
      new AgentBotError("GIT_FAILED", "no space left", { details: { kind: "disk" }, isOutage: true });
    await bench.startWorker({ workspaces: withCommit(bench.workspaces, 2, full) });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect([bench.agent.jobs.length, bench.remote.pushCount]).toEqual([1, 1]);
  });

  test("fails for good if its change can never be committed; the agent never runs again", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    const broken = (): Error => new AgentBotError("GIT_FAILED", "bad object");
    await bench.startWorker({ workspaces: withCommit(bench.workspaces, 1000, broken) });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "change_not_committed", attempt: 1 });
    expect(bench.agent.jobs).toHaveLength(1);
    expect(bench.comments()).toEqual([expect.stringContaining("its change could not be committed")]);
  });

  test("is stored by a later try of the same attempt when the store is down for a moment", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    let calls = 0;
    const checkpoints = {
      ...bench.store.checkpoints,
      async save(...given: Parameters<typeof bench.store.checkpoints.save>) {
        calls += 1;
        if (calls <= 2) throw new AgentBotError("STORE_UNAVAILABLE", "the store is down");
        await bench.store.checkpoints.save(...given);
      },
    };
    await bench.startWorker({ store: { ...bench.store, checkpoints } });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect([bench.agent.jobs.length, calls]).toEqual([1, 3]);
  });

  test("is published by a later attempt when the push fails; the agent never runs again", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker({ workspaces: withPublish(bench.workspaces, 2) });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect([bench.agent.jobs.length, bench.remote.pushCount]).toEqual([1, 1]);
  });

  test.each(cases)("has one pull request when opening it fails %s it was opened", async (when) => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    const openPullRequest = failing(codeHost.openPullRequest, { times: 2, when });
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost: { ...codeHost, openPullRequest } }] });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "succeeded", result: { pullRequest: { number: 1001 } } });
    expect(bench.agent.jobs).toHaveLength(1);
    expect(codeHost.pullRequests).toHaveLength(1);
  });

  test.each(cases)("has one comment when posting it fails %s it was posted", async (when) => {
    const bench = await createBench();
    const { conversation } = bench.provider;
    const postStatus = failing(conversation.postStatus, { times: 2, when });
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, conversation: { ...conversation, postStatus } }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(bench.comments()).toEqual([expect.stringContaining("is done.")]);
  });

  test("shows its end in a later attempt if the provider is down at the end", async () => {
    const bench = await createBench();
    const { conversation } = bench.provider;
    let refusals = 0;
    const updateStatus: typeof conversation.updateStatus = async (request, options) => {
      if (request.view.state === "succeeded" && refusals++ === 0) down();
      await conversation.updateStatus(request, options);
    };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, conversation: { ...conversation, updateStatus } }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect([bench.agent.jobs.length, bench.remote.pushCount]).toEqual([1, 1]);
    expect(bench.comments()).toEqual([expect.stringContaining("is done.")]);
  });

  test("succeeds even if its end can never be shown", async () => {
    const bench = await createBench();
    const conversation = { ...bench.provider.conversation, postStatus: async () => down(), updateStatus: down };
    const taskId = await bench.ask();
    const patience = { outagePatienceMs: 50, maxAttempts: 2 };
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }], ...patience });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "succeeded", attempt: 4, result: { pullRequest: { number: 1001 } } });
    expect(bench.agent.jobs).toHaveLength(1);
  });

  test("outlives an outage longer than all its attempts, and uses none of them", async () => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    const permission = failing(codeHost.permission, { times: 10 });
    const taskId = await bench.ask();
    await bench.startWorker({
      providers: [{ ...bench.provider, codeHost: { ...codeHost, permission } }],
      maxAttempts: 1,
    });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("goes on while the provider refuses every comment, and ends without one", async () => {
    const bench = await createBench();
    const refuse = async (): Promise<never> => {
      throw new AgentBotError("PROVIDER_REJECTED", "the issue is locked");
    };
    const conversation = { ...bench.provider.conversation, postStatus: refuse, updateStatus: refuse };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("is published though the worker of its last attempt was killed before it could", async () => {
    const clock = createImpatientClock(50);
    const bench = await createBench({ store: createMemoryStore({ clock }) });
    const taskId = await bench.ask();
    const begun = await bench.store.tasks.begin(taskId, { leaseMs: 60_000, agent: "scripted" });
    if (begun.status !== "begun") throw new Error(`the task is ${begun.status}`);
    const baseCommit = bench.remote.branches.get("main") ?? "";
    const unchanged = { baseCommit, commit: null, diffStat: null, bundle: null };
    await bench.store.checkpoints.save(begun.lease, checkpointFixture(unchanged));
    clock.pass(60_000);
    await bench.startWorker({ maxAttempts: 1, clock });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 2 });
    expect(bench.agent.jobs).toEqual([]);
  });

  test("fails for good when the push is refused for ever", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    bench.remote.push(`agentbot/${taskId}`, "0".repeat(40), {});
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "branch_conflict", attempt: 1 });
    expect(bench.acme.codeHost.pullRequests).toEqual([]);
  });
});

test.each([
  [Number.MAX_SAFE_INTEGER, 86_400_000],
  [Number.NaN, 10_000],
])("a wait of %d ms, as a provider asks for it, is at most %d ms", async (retryAfterMs, maxDelayMs) => {
  const bench = await createBench();
  const { codeHost } = bench.acme;
  const permission = async (): Promise<never> => {
    throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down", { retryAfterMs });
  };
  const settled = new Promise<Settlement>((resolve) => {
    bench.events.on("task:settled", ({ settlement }) => resolve(settlement));
  });
  await bench.ask();
  await bench.startWorker({ providers: [{ ...bench.provider, codeHost: { ...codeHost, permission } }] });
  const settlement = await settled;
  expect(settlement).toMatchObject({ status: "queued", cause: "parked" });
  expect(settlement.status === "queued" && settlement.delayMs <= maxDelayMs).toBe(true);
});
