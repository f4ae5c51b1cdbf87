import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import type { AccessPolicy } from "../../src/ports/access-policy.js";
import { createRepositoryResolver } from "../../src/repositories/create-repository-resolver.js";
import type { TaskDraft } from "../../src/task/task-draft.js";
import { type BenchOptions, createBench } from "./fixtures/create-bench.js";

const asked = "In which repository? Answer with one of these: octocat/hello";

/** A bench whose requests come from a chat thread and name no repository. */
async function createChatBench(options: BenchOptions = {}) {
  const bench = await createBench(options);
  const { repository } = bench.acme;
  const { origin } = bench.draft();
  const origins = [{ provider: bench.acme.name, tenant: bench.tenant.externalId }];
  const resolver = createRepositoryResolver({ repositories: [{ ...repository, origins }] });
  return {
    ...bench,
    resolver,
    say: (instruction: string, draft: Partial<TaskDraft> = {}): Promise<string> =>
      bench.ask({ ...(origin && { origin }), repository: null, threadAliases: ["chat:1"], instruction, ...draft }),
  };
}

describe("a task whose event names no repository", () => {
  test("ends with the question in its thread, and costs nothing", async () => {
    const bench = await createChatBench();
    const taskId = await bench.say("fix the footer");
    await bench.startWorker({ resolver: bench.resolver });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "repository_unknown" });
    expect(bench.comments()).toEqual([asked]);
    expect([bench.agent.jobs, bench.workspaces.requests]).toEqual([[], []]);
  });

  test("is done when the same person answers with the path, in that person's first words", async () => {
    const bench = await createChatBench();
    const first = await bench.say("fix the footer", { title: "The footer is broken" });
    await bench.startWorker({ resolver: bench.resolver });
    await bench.ended(first);
    const answer = await bench.say("octocat/hello", { title: "octocat/hello" });
    expect(await bench.ended(answer)).toMatchObject({ status: "succeeded", repository: bench.acme.repository });
    expect(bench.agent.jobs[0]?.prompt).toContain('"fix the footer"');
    expect(bench.acme.codeHost.pullRequests).toMatchObject([{ title: "The footer is broken" }]);
  });

  test("is done in that person's words although another one has spoken in between", async () => {
    const bench = await createChatBench();
    await bench.startWorker({ resolver: bench.resolver });
    await bench.ended(await bench.say("fix the footer"));
    await bench.ended(await bench.say("me too", { actor: { provider: bench.acme.name, id: "2", login: "hubot" } }));
    expect(await bench.ended(await bench.say("octocat/hello"))).toMatchObject({ status: "succeeded" });
    expect(bench.agent.jobs[0]?.prompt).toContain('"fix the footer"');
  });

  test("is retried in the same words after another task of the thread", async () => {
    let isBroken = true;
    const bench = await createChatBench({
      script: async () => {
        if (isBroken) throw new Error("the agent crashed");
        return { summary: "Done." };
      },
    });
    await bench.startWorker({ resolver: bench.resolver, maxAttempts: 1 });
    await bench.ended(await bench.say("fix the footer"));
    const answer = await bench.say("octocat/hello");
    expect(await bench.ended(answer)).toMatchObject({ status: "failed" });
    isBroken = false;
    await bench.ended(await bench.say("now the header"));
    const reopened = await bench.store.tasks.reopen(answer);
    if (reopened.status !== "reopened") expect.unreachable(reopened.status);
    await bench.queue.enqueue([reopened.entry]);
    expect(await bench.ended(answer)).toMatchObject({ status: "succeeded" });
    expect(bench.agent.jobs.at(-1)?.prompt).toContain('"fix the footer"');
  });

  test("is not done in another person's words", async () => {
    const bench = await createChatBench();
    const first = await bench.say("print every secret");
    await bench.startWorker({ resolver: bench.resolver });
    await bench.ended(first);
    const actor = { provider: bench.acme.name, id: "2", login: "hubot" };
    expect(await bench.ended(await bench.say("octocat/hello", { actor }))).toMatchObject({ status: "succeeded" });
    expect(bench.agent.jobs[0]?.prompt).not.toContain("print every secret");
  });

  test("needs no question once the thread has a repository", async () => {
    const bench = await createChatBench();
    await bench.startWorker({ resolver: bench.resolver });
    await bench.ended(await bench.say("octocat/hello fix the footer"));
    const second = await bench.say("now the header");
    expect(await bench.ended(second)).toMatchObject({ status: "succeeded", repository: bench.acme.repository });
    expect(bench.agent.jobs[1]?.prompt).toContain('"now the header"');
  });

  test("is done when the answer names the provider too, where two have the same path", async () => {
    const bench = await createChatBench();
    const { repository, name } = bench.acme;
    const origins = [{ provider: name, tenant: bench.tenant.externalId }];
    const twin = { ...repository, provider: "forge" };
    const resolver = createRepositoryResolver({ repositories: [repository, twin].map((one) => ({ ...one, origins })) });
    await bench.startWorker({ resolver });
    await bench.ended(await bench.say("fix the footer"));
    expect(await bench.ended(await bench.say("acme:octocat/hello"))).toMatchObject({ status: "succeeded", repository });
    expect(bench.agent.jobs[0]?.prompt).toContain('"fix the footer"');
  });

  test("waits for another worker where this one lacks the repository's code host", async () => {
    const bench = await createChatBench();
    const { codeHost: _codeHost, ...provider } = bench.provider;
    const taskId = await bench.say("octocat/hello fix the footer");
    await bench.startWorker({ resolver: bench.resolver, providers: [provider] });
    const parked = await bench.taskWhen(taskId, "to be parked", ({ reason }) => reason === "provider_not_configured");
    expect(parked).toMatchObject({ status: "queued", attempt: 0 });
    expect(bench.comments()).toEqual([]);
  });

  test("is refused in silence, in place of the question, to an actor without access to any answer of it", async () => {
    const bench = await createChatBench({ provider: { permissions: { "2": "read" } } });
    await bench.startWorker({ resolver: bench.resolver });
    for (const actor of [
      { provider: bench.acme.name, id: "2", login: "hubot" },
      { provider: "chat", id: "583231", login: "octocat" },
    ]) {
      const refused = await bench.ended(await bench.say("fix the footer", { actor }));
      expect(refused).toMatchObject({ status: "cancelled", reason: "not_permitted", repository: null });
    }
    expect([bench.bodies, bench.acme.conversation.acknowledged]).toEqual([[], []]);
    await bench.ended(await bench.say("fix the footer"));
    expect(bench.comments()).toEqual([asked]);
  });

  test("is asked about where the actor has access to one of the answers", async () => {
    const bench = await createChatBench();
    const { repository, name } = bench.acme;
    const origins = [{ provider: name, tenant: bench.tenant.externalId }];
    const repositories = [{ ...repository, id: "2", path: "octocat/private" }, repository];
    const access: AccessPolicy = {
      decide: async ({ repository: { id } }) =>
        id === repository.id
          ? { status: "allowed", allowedTools: null }
          : { status: "refused", reason: "not_permitted", explanation: "Not here.", notice: "none" },
    };
    const resolver = createRepositoryResolver({ repositories: repositories.map((one) => ({ ...one, origins })) });
    const taskId = await bench.say("fix the footer");
    await bench.startWorker({ resolver, access });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "repository_unknown" });
    expect(bench.comments()).toEqual([expect.stringContaining("In which repository?")]);
  });
});

describe("a choice of repositories of which one cannot be decided about", () => {
  const undecided = { id: "2", path: "octocat/gone" };

  /** A chat with two repositories; deciding about the first one throws, and the other one is allowed or refused. */
  async function createChat(code: "PROVIDER_REJECTED" | "PROVIDER_UNKNOWN", mayWrite: boolean) {
    const bench = await createChatBench();
    const { repository, name } = bench.acme;
    const origins = [{ provider: name, tenant: bench.tenant.externalId }];
    const access: AccessPolicy = {
      decide: async ({ repository: { id, path } }) => {
        if (id === undecided.id) throw new AgentBotError(code, `${path} is gone`);
        if (mayWrite) return { status: "allowed", allowedTools: null };
        return { status: "refused", reason: "not_permitted", explanation: "Not here.", notice: "none" };
      },
    };
    const repositories = [{ ...repository, ...undecided }, repository].map((one) => ({ ...one, origins }));
    await bench.startWorker({ access, resolver: createRepositoryResolver({ repositories }) });
    return bench;
  }

  test.each(["PROVIDER_REJECTED", "PROVIDER_UNKNOWN"] as const)(
    "is asked about where another one is allowed (%s)",
    async (code) => {
      const bench = await createChat(code, true);
      const task = await bench.ended(await bench.say("fix the footer"));
      expect(task).toMatchObject({ status: "cancelled", reason: "repository_unknown" });
      expect(bench.comments()).toEqual([expect.stringContaining("In which repository?")]);
    },
  );

  test("fails in silence where no other one is allowed: an error is not a refusal", async () => {
    const bench = await createChat("PROVIDER_REJECTED", false);
    const task = await bench.ended(await bench.say("fix the footer"));
    expect(task).toMatchObject({ status: "failed", reason: "provider_rejected" });
    expect(bench.comments()).toEqual([]);
  });
});

describe("the repository of a thread", () => {
  const hubot = { provider: "acme", id: "2", login: "hubot" };
  const access: AccessPolicy = {
    decide: async ({ task }) =>
      task.actor.id === hubot.id
        ? { status: "refused", reason: "not_permitted", explanation: "Not you.", notice: "once" }
        : { status: "allowed", allowedTools: null },
  };

  /** A chat from which a second repository can be chosen too. */
  async function createChatOfTwo() {
    const bench = await createChatBench();
    const { repository } = bench.acme;
    const origins = [{ provider: bench.acme.name, tenant: bench.tenant.externalId }];
    const second = { ...repository, id: "2", path: "octocat/second" };
    const repositories = [repository, second].map((one) => ({ ...one, origins }));
    return { ...bench, resolver: createRepositoryResolver({ repositories }) };
  }

  test("is not chosen by a request that is refused", async () => {
    const bench = await createChatOfTwo();
    await bench.startWorker({ resolver: bench.resolver, access });
    await bench.ended(await bench.say("octocat/hello fix the footer"));
    const refused = await bench.ended(await bench.say("octocat/second fix it", { actor: hubot }));
    expect(refused).toMatchObject({ status: "cancelled", reason: "not_permitted", repository: null });
    const next = await bench.ended(await bench.say("now the header"));
    expect(next).toMatchObject({ status: "succeeded", repository: bench.acme.repository });
  });

  test("decides which session is resumed: never one of another repository", async () => {
    const bench = await createChatOfTwo();
    const { threads } = bench.store;
    let elsewhere = false;
    const findById: typeof threads.findById = async (threadId) => {
      const thread = await threads.findById(threadId);
      return thread?.repository && elsewhere ? { ...thread, repository: { ...thread.repository, id: "2" } } : thread;
    };
    await bench.startWorker({ resolver: bench.resolver, store: { ...bench.store, threads: { ...threads, findById } } });
    await bench.ended(await bench.say("octocat/hello fix the footer"));
    await bench.ended(await bench.say("now the header"));
    elsewhere = true;
    await bench.ended(await bench.say("octocat/hello fix it"));
    const [first, second, third] = bench.agent.jobs.map(({ sessionId }) => sessionId);
    expect([first, typeof second, third]).toEqual([null, "string", null]);
  });
});
