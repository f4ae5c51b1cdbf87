import { describe, expect, test } from "vitest";
import { createPermissionPolicy } from "../../src/access/create-permission-policy.js";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { unlessAborted } from "../../src/lifecycle/unless-aborted.js";
import type { AccessPolicy } from "../../src/ports/access-policy.js";
import type { RepositoryPermission } from "../../src/ports/code-host.js";
import { eventually } from "../../src/testing/eventually.js";
import { type Bench, createBench } from "./fixtures/create-bench.js";
import { watchPort } from "./fixtures/watch-store.js";

/** Queues an ended task again, as the API and the command do. */
async function retry(bench: Bench, taskId: string): Promise<void> {
  const reopened = await bench.store.tasks.reopen(taskId);
  if (reopened.status !== "reopened") expect.unreachable(reopened.status);
  await bench.queue.enqueue([reopened.entry]);
}

describe("a task that may not run", () => {
  test.each(["read", "triage", "none"] as const)(
    "because its author has only the permission %s is cancelled in silence, and again if it is retried",
    async (may) => {
      const bench = await createBench({ provider: { defaultPermission: may } });
      const calls: string[] = [];
      const credentials: unknown[] = [];
      const codeHost = {
        ...bench.acme.codeHost,
        credentials: async () => {
          credentials.push(1);
          throw new Error("no credential may be requested");
        },
      };
      const conversation = watchPort("conversation", bench.provider.conversation, (method) => calls.push(method));
      const taskId = await bench.ask();
      await bench.startWorker({ providers: [{ ...bench.provider, codeHost, conversation }] });
      expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted", fence: 1 });
      await retry(bench, taskId);
      expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted", fence: 2 });
      expect([bench.agent.jobs, credentials, bench.workspaces.requests, calls]).toEqual([[], [], [], []]);
    },
  );

  test("because its author lost the permission while the agent worked publishes nothing", async () => {
    let permission: RepositoryPermission = "write";
    const bench = await createBench({
      script: async ({ write }) => {
        permission = "read";
        await write("fixed.ts", "export const isFixed = true;\n");
        return { summary: "Fixed it." };
      },
    });
    const codeHost = { ...bench.acme.codeHost, permission: async () => permission };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted", attempt: 1 });
    expect([bench.acme.codeHost.pullRequests, [...bench.remote.branches.keys()]]).toEqual([[], ["main"]]);
    expect(bench.comments()).toEqual([expect.stringMatching(/did not do this\. Only people who can write to octocat/)]);
  });

  test("because its author lost the permission between two attempts shows that in the message that exists", async () => {
    let permission: RepositoryPermission = "write";
    const bench = await createBench({
      script: async () => {
        permission = "read";
        return { status: "failed", reason: "agent_interrupted", isRetryable: true };
      },
    });
    const codeHost = { ...bench.acme.codeHost, permission: async () => permission };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted", fence: 2 });
    expect(bench.comments()).toEqual([expect.stringMatching(/did not do this\. Only people who can write to octocat/)]);
  });

  test("because access could not be decided at first is refused without a sign of either try", async () => {
    const bench = await createBench();
    let calls = 0;
    const permission = async (): Promise<RepositoryPermission> => {
      calls += 1;
      if (calls === 1) throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down");
      return "read";
    };
    const codeHost = { ...bench.acme.codeHost, permission };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted", fence: 2 });
    expect(bench.bodies).toEqual([]);
  });

  const rejects = async (): Promise<never> => {
    throw new AgentBotError("PROVIDER_REJECTED", "the account is gone");
  };
  const throws = async (): Promise<never> => {
    throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down", { isOutage: false });
  };

  test.each([
    ["is refused by the provider", rejects, "provider_rejected"],
    ["fails in every attempt", throws, "provider_unavailable"],
  ] as const)("because the decision about access %s ends in silence", async (_how, permission, reason) => {
    const bench = await createBench();
    const taskId = await bench.ask();
    const providers = [{ ...bench.provider, codeHost: { ...bench.acme.codeHost, permission } }];
    await bench.startWorker({ providers, maxAttempts: 2 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason });
    expect([bench.bodies, bench.acme.conversation.acknowledged]).toEqual([[], []]);
  });

  test("because it was stopped before access was decided ends in silence", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    let isDeciding = false;
    const decide: AccessPolicy["decide"] = (_request, { signal }) => {
      isDeciding = true;
      return unlessAborted(new Promise<never>(() => {}), signal);
    };
    await bench.startWorker({ access: { decide }, leaseMs: 300 });
    await eventually("the decision to begin", () => isDeciding || null);
    await bench.store.commands.requestStop(taskId, "stopped");
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
    expect(bench.bodies).toEqual([]);
  });

  test("because its attempts are used up is refused in silence to an actor without access", async () => {
    const bench = await createBench({ provider: { defaultPermission: "read" } });
    const taskId = await bench.ask();
    await eventually("a worker to take it and be killed", async () => {
      const begun = await bench.store.tasks.begin(taskId, { leaseMs: 20, agent: "scripted" });
      return begun.status === "begun" ? begun : null;
    });
    await bench.startWorker({ maxAttempts: 1 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "not_permitted", attempt: 2 });
    expect(bench.bodies).toEqual([]);
  });

  test.each([false, true])(
    "because no repository can be chosen shows that only to what was let in at receipt (%s)",
    async (isPreauthorized) => {
      const bench = await createBench();
      const taskId = await bench.ask({ repository: null, isPreauthorized });
      await bench.startWorker();
      expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "repository_not_configured" });
      const shown = [expect.stringContaining("No repository can be chosen from here")];
      expect(bench.comments()).toEqual(isPreauthorized ? shown : []);
    },
  );

  test("is shown once a thread where the operator has chosen so, however often its tasks are refused", async () => {
    const bench = await createBench({ provider: { defaultPermission: "read" } });
    const codeHosts = new Map([["acme", bench.acme.codeHost]]);
    await bench.startWorker({ access: createPermissionPolicy({ codeHosts, notice: "once" }) });
    const thread = { ...bench.draft(), threadAliases: ["acme:thread:7"] };
    const [first, second] = [await bench.ask(thread), await bench.ask(thread)];
    for (const taskId of [first, second]) await bench.ended(taskId);
    await retry(bench, second);
    expect(await bench.ended(second)).toMatchObject({ reason: "not_permitted", fence: 2 });
    expect(bench.acme.conversation.messages).toMatchObject([
      { taskId: first, body: expect.stringContaining("Only people who can write to octocat") },
    ]);
    await bench.ended(await bench.ask());
    expect(bench.comments()).toHaveLength(2);
    expect(bench.acme.conversation.acknowledged).toEqual([]);
  });

  test("shows the words of its policy as one line that notifies and closes nothing", async () => {
    const explanation = "Not here:\nfixes #12, @octocat";
    const refusal = { status: "refused", reason: "own_rule", explanation, notice: "once" } as const;
    const bench = await createBench();
    await bench.startWorker({ access: { decide: async () => refusal } });
    await bench.ended(await bench.ask());
    const headline = "agentbot did not do this. Not here: f\u200bixes #\u200b12, @\u200boctocat";
    expect(bench.comments()).toEqual([expect.stringMatching(new RegExp(`^${headline}$`, "m"))]);
  });

  test("because every worker that took it was killed fails after the last attempt", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    for (const worker of ["first", "second", "third"]) {
      await eventually(`the ${worker} worker to take it and be killed`, async () => {
        const begun = await bench.store.tasks.begin(taskId, { leaseMs: 20, agent: "scripted" });
        return begun.status === "begun" ? begun : null;
      });
    }
    await bench.startWorker({ maxAttempts: 3 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "attempts_exhausted", attempt: 4 });
    expect(bench.agent.jobs).toEqual([]);
    expect(bench.comments()).toEqual([expect.stringContaining("given up after several attempts")]);
  });
});

describe("a task that may run", () => {
  test.each(["PROVIDER_REJECTED", "PROVIDER_UNAVAILABLE"] as const)("goes on without a reaction (%s)", async (code) => {
    const bench = await createBench();
    const acknowledge = async (): Promise<never> => {
      throw new AgentBotError(code, "no reaction");
    };
    const conversation = { ...bench.provider.conversation, acknowledge };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
  });
});

describe("an access policy of the operator's own", () => {
  test("decides for actors of another provider, and narrows the agent's tools", async () => {
    const bench = await createBench({ provider: { defaultPermission: "none" } });
    const allowedTools = ["Read", "Edit"];
    const actor = { provider: "chat", id: "U2", login: "ada" };
    const taskId = await bench.ask({ actor });
    await bench.startWorker({ access: { decide: async () => ({ status: "allowed", allowedTools }) } });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", actor });
    expect(bench.agent.jobs).toMatchObject([{ allowedTools }]);
  });

  test("that cannot decide does not refuse: the task is tried again", async () => {
    const bench = await createBench();
    let calls = 0;
    const decide: AccessPolicy["decide"] = async () => {
      calls += 1;
      if (calls === 1) throw new AgentBotError("PROVIDER_UNAVAILABLE", "the directory of people is down");
      return { status: "allowed", allowedTools: null };
    };
    const taskId = await bench.ask();
    await bench.startWorker({ access: { decide } });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
  });
});

describe("a task whose provider this worker lacks", () => {
  test("is parked without using an attempt, and the log names the provider", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [] });
    const parked = await bench.taskWhen(taskId, "to be parked", ({ reason }) => reason === "provider_not_configured");
    expect(parked).toMatchObject({ status: "queued", attempt: 0, notBefore: expect.any(Date) });
    const facts = expect.objectContaining({ provider: "acme" });
    expect(bench.logger.lines).toContainEqual(expect.objectContaining({ level: "error", facts }));
  });
});
