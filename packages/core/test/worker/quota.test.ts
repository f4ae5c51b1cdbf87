import { describe, expect, onTestFinished, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryRateLimiter } from "../../src/memory/create-memory-rate-limiter.js";
import type { RateLimiter } from "../../src/ports/rate-limiter.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

/** A limiter whose window the test ends, and the keys that it counted. */
function createQuota(limit: number) {
  const clock = createManualClock();
  const inner = createMemoryRateLimiter({ limit, windowMs: 3_600_000, clock });
  const keys: string[] = [];
  let retryAfterMs: number | null = null;
  const limiter: RateLimiter = {
    peek: inner.peek,
    async consume(key) {
      const result = await inner.consume(key);
      if (result.status === "allowed") keys.push(key);
      else if (retryAfterMs !== null) return { ...result, retryAfterMs };
      return result;
    },
  };
  return {
    limiter,
    keys,
    /** Tasks that are parked from now on come back soon. */
    letComeBack: () => {
      retryAfterMs = 1;
    },
    endWindow: () => clock.advance(3_600_000),
  };
}

describe("the quota of tasks", () => {
  test("of one person parks further tasks, shown in one sentence, without an attempt or a run", async () => {
    const quota = createQuota(1);
    const bench = await createBench();
    await bench.startWorker({ userTasks: quota.limiter });
    await bench.ended(await bench.ask());
    const second = await bench.ask(bench.draft(8));
    const parked = await bench.taskWhen(second, "to be parked", ({ reason }) => reason === "quota");
    expect(parked).toMatchObject({ status: "queued", attempt: 0 });
    const waitMs = (parked.notBefore?.getTime() ?? 0) - Date.now();
    expect(waitMs).toBeGreaterThan(3_500_000);
    expect(waitMs).toBeLessThanOrEqual(3_600_000);
    await eventually("the queue to delay it", async () => ((await bench.queue.stats()).delayed === 1 ? true : null));
    const shown = bench.comments().filter((body) => body.includes("waits."));
    expect(shown).toEqual([
      expect.stringMatching(/waits\. \S+ has requested as many tasks as one person may for now; this starts by itself/),
    ]);
    expect(bench.bodies.filter((body) => body.includes("waits."))).toHaveLength(1);
    expect(bench.agent.jobs).toHaveLength(1);
  });

  test("lets what it parked go on by itself, and counts it once although it was looked at often", async () => {
    const quota = createQuota(1);
    const bench = await createBench();
    quota.letComeBack();
    await bench.startWorker({ userTasks: quota.limiter, repositoryTasks: createQuota(9).limiter });
    await bench.ended(await bench.ask());
    const second = await bench.ask(bench.draft(8));
    await bench.taskWhen(second, "to be looked at twice", ({ fence }) => fence >= 2);
    quota.endWindow();
    expect(await bench.ended(second)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(quota.keys).toHaveLength(2);
    expect(bench.comments()).toEqual([expect.stringContaining("is done"), expect.stringContaining("is done")]);
  });

  test("counts a task that is tried again once", async () => {
    const [user, repository] = [createQuota(9), createQuota(9)];
    let tries = 0;
    const bench = await createBench({
      script: async () => {
        tries += 1;
        if (tries < 3) throw new Error("the agent crashed");
        return { summary: "Done." };
      },
    });
    await bench.startWorker({ userTasks: user.limiter, repositoryTasks: repository.limiter });
    expect(await bench.ended(await bench.ask())).toMatchObject({ status: "succeeded", attempt: 3 });
    expect([user.keys, repository.keys].map((keys) => keys.length)).toEqual([1, 1]);
  });

  test("counts a task whose provider was down when it first began", async () => {
    const user = createQuota(9);
    const bench = await createBench();
    const { codeHost } = bench.acme;
    let calls = 0;
    const permission: typeof codeHost.permission = async (...asked) => {
      calls += 1;
      if (calls === 1) throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down");
      return await codeHost.permission(...asked);
    };
    await bench.startWorker({
      providers: [{ ...bench.provider, codeHost: { ...codeHost, permission } }],
      userTasks: user.limiter,
    });
    expect(await bench.ended(await bench.ask())).toMatchObject({ status: "succeeded" });
    expect(user.keys).toHaveLength(1);
  });

  test("of one person does not hold up others in the thread", async () => {
    const bench = await createBench();
    await bench.startWorker({ userTasks: createQuota(1).limiter });
    await bench.ended(await bench.ask());
    const parked = await bench.ask(bench.draft(8));
    await bench.taskWhen(parked, "to be parked", ({ reason }) => reason === "quota");
    const passing = await bench.ask({ ...bench.draft(8), actor: { provider: "acme", id: "2", login: "bob" } });
    expect(await bench.ended(passing)).toMatchObject({ status: "succeeded" });
    expect(await bench.task(parked)).toMatchObject({ status: "queued", reason: "quota" });
  });

  test("of one person leaves the thread free in a queue that was lost and rebuilt", async () => {
    const bench = await createBench();
    const limits = { userTasks: createQuota(1).limiter };
    const first = await bench.startWorker(limits);
    await bench.ended(await bench.ask());
    const parked = await bench.ask(bench.draft(8));
    await bench.taskWhen(parked, "to be parked", ({ reason }) => reason === "quota");
    await first.stop();
    const queue = createMemoryQueue();
    onTestFinished(() => queue.close());
    const passing = await bench.ask({ ...bench.draft(8), actor: { provider: "acme", id: "2", login: "bob" } });
    await bench.startWorker({ ...limits, queue });
    expect(await bench.ended(passing)).toMatchObject({ status: "succeeded" });
    expect(await queue.stats()).toMatchObject({ delayed: 1 });
  });

  test("of one repository names the repository, and leaves its people their own", async () => {
    const [user, repository] = [createQuota(9), createQuota(1)];
    const bench = await createBench();
    await bench.startWorker({ userTasks: user.limiter, repositoryTasks: repository.limiter });
    await bench.ended(await bench.ask());
    const second = await bench.ask(bench.draft(8));
    await bench.taskWhen(second, "to be parked", ({ reason }) => reason === "quota");
    expect(bench.comments().at(-1)).toMatch(/waits\. \S+\/\S+ has had its share of tasks for now/);
    expect(repository.keys).toEqual([`${bench.acme.name}/${bench.acme.repository.tenant}/${bench.acme.repository.id}`]);
  });

  test("of a repository is not used up by people who may not ask; over their own they wait for nothing, in silence", async () => {
    const [user, repository] = [createQuota(1), createQuota(1)];
    const bench = await createBench({ provider: { defaultPermission: "read" } });
    const { codeHost } = bench.acme;
    let looks = 0;
    const permission: typeof codeHost.permission = async (...asked) => {
      looks += 1;
      return await codeHost.permission(...asked);
    };
    await bench.startWorker({
      providers: [{ ...bench.provider, codeHost: { ...codeHost, permission } }],
      ...{ userTasks: user.limiter, repositoryTasks: repository.limiter },
    });
    for (const number of [7, 8, 9]) {
      expect(await bench.ended(await bench.ask(bench.draft(number)))).toMatchObject({ reason: "not_permitted" });
    }
    expect([user.keys.length, repository.keys.length, looks, bench.comments()]).toEqual([1, 0, 1, []]);
  });

  test("of one person shows the wait at once, also while an earlier task of theirs runs", async () => {
    const bench = await createBench({
      script: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve({}))),
    });
    await bench.startWorker({ userTasks: createQuota(1).limiter });
    const first = await bench.ask();
    await bench.taskWhen(first, "to run", ({ status }) => status === "running");
    const second = await bench.ask(bench.draft(8));
    await bench.taskWhen(second, "to be parked", ({ reason }) => reason === "quota");
    expect(bench.comments().at(-1)).toMatch(/waits\. \S+ has requested as many tasks/);
  });

  test.each<[string, RateLimiter["consume"]]>([
    ["fails", async () => Promise.reject(new Error("the limiter's server is down"))],
    ["never answers", () => new Promise(() => {})],
  ])("admits every task while its limiter %s", async (_, consume) => {
    const bench = await createBench();
    await bench.startWorker({ userTasks: { peek: consume, consume } });
    expect(await bench.ended(await bench.ask())).toMatchObject({ status: "succeeded" });
  });
});
