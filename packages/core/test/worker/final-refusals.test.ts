import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import type { Conversation } from "../../src/ports/conversation.js";
import { createScriptedRunner } from "../../src/testing/scripted-runner.js";
import { createBench, fixIt } from "./fixtures/create-bench.js";

const refusal = (details: Readonly<Record<string, unknown>>) =>
  new AgentBotError("PROVIDER_REJECTED", "acme refused it", { details });
const gone = () => refusal({ reason: "conversation_gone", answer: "This issue was deleted." });

describe("A pull request that is refused after the push", () => {
  test("ends the task at once; its thread names and links the branch, and has the host's reason without secrets", async () => {
    const bench = await createBench();
    let calls = 0;
    const openPullRequest = async (): Promise<never> => {
      calls += 1;
      throw refusal({ answer: "Validation Failed: base: invalid, seen by sesame-open-0123456789." });
    };
    const codeHost = { ...bench.acme.codeHost, openPullRequest };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost }], secrets: ["sesame-open-0123456789"] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "provider_rejected", attempt: 1 });
    const branch = `agentbot/${taskId}`;
    const [message] = bench.acme.conversation.messages;
    expect(message?.view).toMatchObject({
      state: "failed",
      headline:
        "agentbot could not open a pull request. The provider refused the bot's request: Validation Failed: base: invalid, seen by [redacted]. The change is in the branch",
      links: [{ label: branch, url: `https://acme.example/octocat/hello/branches/${branch}` }],
      actions: ["retry"],
    });
    expect([calls, bench.agent.jobs.length, bench.remote.branches.has(branch)]).toEqual([1, 1, true]);
  });

  test("is opened by a retry, without another run of the agent", async () => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    let isRefused = true;
    const openPullRequest: typeof codeHost.openPullRequest = async (...given) => {
      if (isRefused) throw refusal({ answer: "Validation Failed." });
      return await codeHost.openPullRequest(...given);
    };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost: { ...codeHost, openPullRequest } }] });
    await bench.ended(taskId);
    isRefused = false;
    const reopened = await bench.store.tasks.reopen(taskId);
    if (reopened.status !== "reopened") throw new Error(reopened.status);
    await bench.queue.enqueue([reopened.entry]);
    await bench.taskWhen(taskId, "to succeed", ({ status }) => status === "succeeded");
    expect(bench.agent.jobs).toHaveLength(1);
    expect(bench.comments()).toEqual([expect.stringContaining("is done")]);
  });

  test("names the branch too where the host was down to the end", async () => {
    const bench = await createBench();
    const openPullRequest = async (): Promise<never> => {
      throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down", { isOutage: false });
    };
    const taskId = await bench.ask();
    const codeHost = { ...bench.acme.codeHost, openPullRequest };
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost }], maxAttempts: 1 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "provider_unavailable" });
    expect(bench.comments()).toEqual([expect.stringContaining(`agentbot/${taskId}`)]);
  });
});

describe("A permission that the bot lacks", () => {
  const lacking = () => refusal({ reason: "permission_missing", permissions: "issues=write or pull_requests=write" });

  test("ends the task at once, named in its thread and in its reason", async () => {
    const bench = await createBench();
    const credentials = async (): Promise<never> => {
      throw lacking();
    };
    const taskId = await bench.ask();
    const codeHost = { ...bench.acme.codeHost, credentials };
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost }] });
    const reason = "permission_missing:issues=write|pull_requests=write";
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason, attempt: 1 });
    expect(bench.comments()).toEqual([
      expect.stringContaining("lacks the permission issues=write or pull_requests=write"),
    ]);
    expect(bench.agent.jobs).toEqual([]);
  });

  test("to write in the thread is in the log", async () => {
    const bench = await createBench();
    const refuse = async (): Promise<never> => {
      throw lacking();
    };
    const conversation = { ...bench.provider.conversation, postStatus: refuse };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.logger.lines.filter(({ facts }) => "err" in facts).length).toBeGreaterThan(0);
  });
});

describe("A conversation that is gone", () => {
  /** A provider whose conversation answers every call about messages by this. */
  const goneConversation = (conversation: Conversation): Conversation => {
    const refuse = async (): Promise<never> => {
      throw gone();
    };
    return { ...conversation, findStatus: refuse, postStatus: refuse, updateStatus: refuse };
  };

  test("takes its request back before the agent is paid", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    const conversation = goneConversation(bench.provider.conversation);
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "conversation_gone", attempt: 1 });
    expect(bench.agent.jobs).toEqual([]);
  });

  test("while the agent works is not published to", async () => {
    let isGone = false;
    const bench = await createBench();
    const agent = createScriptedRunner({
      script: async (...given) => {
        isGone = true;
        return await fixIt(...given);
      },
    });
    const { conversation } = bench.provider;
    const dead = goneConversation(conversation);
    const switching: Conversation = {
      ...conversation,
      findStatus: (...given) => (isGone ? dead : conversation).findStatus(...given),
      postStatus: (...given) => (isGone ? dead : conversation).postStatus(...given),
      updateStatus: (...given) => (isGone ? dead : conversation).updateStatus(...given),
    };
    const taskId = await bench.ask();
    await bench.startWorker({ agent, providers: [{ ...bench.provider, conversation: switching }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "conversation_gone" });
    expect([bench.remote.pushCount, bench.acme.codeHost.pullRequests]).toEqual([0, []]);
  });

  test("for a moment only, since its provider shows it late, is worked for", async () => {
    const bench = await createBench();
    const { conversation } = bench.provider;
    let posts = 0;
    const postStatus: Conversation["postStatus"] = async (...given) => {
      posts += 1;
      if (posts === 1) throw gone();
      return await conversation.postStatus(...given);
    };
    const taskId = await bench.ask();
    const late = { ...conversation, postStatus };
    await bench.startWorker({ providers: [{ ...bench.provider, conversation: late }] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.comments()).toEqual([expect.stringContaining("is done")]);
  });
});
