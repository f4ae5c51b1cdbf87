import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createBench } from "./fixtures/create-bench.js";

describe("paid work", () => {
  test("is published after its last attempt failed to publish it; the agent does not run again", async () => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    let calls = 0;
    const openPullRequest: typeof codeHost.openPullRequest = async (...request) => {
      calls += 1;
      if (calls === 1) throw new AgentBotError("GIT_FAILED", "the branch is not there yet");
      return await codeHost.openPullRequest(...request);
    };
    const taskId = await bench.ask();
    const provider = { ...bench.provider, codeHost: { ...codeHost, openPullRequest } };
    await bench.startWorker({ maxAttempts: 1, providers: [provider] });
    expect(await bench.ended(taskId)).toMatchObject({
      ...{ status: "succeeded", attempt: 2 },
      result: { pullRequest: { number: 1001 } },
    });
    expect([bench.agent.jobs.length, bench.remote.pushCount]).toEqual([1, 1]);
  });

  test("has its end shown although a retry of publishing used an attempt and the provider was down at the end", async () => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    const { conversation } = bench.provider;
    let opened = 0;
    const openPullRequest: typeof codeHost.openPullRequest = async (...request) => {
      opened += 1;
      if (opened === 1) throw new AgentBotError("GIT_FAILED", "the branch is not there yet");
      return await codeHost.openPullRequest(...request);
    };
    let refusals = 0;
    const updateStatus: typeof conversation.updateStatus = async (request, options) => {
      if (request.view.state === "succeeded" && refusals++ === 0) {
        throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down");
      }
      await conversation.updateStatus(request, options);
    };
    const provider = {
      ...bench.provider,
      codeHost: { ...codeHost, openPullRequest },
      conversation: { ...conversation, updateStatus },
    };
    const taskId = await bench.ask();
    await bench.startWorker({ maxAttempts: 2, providers: [provider] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 2 });
    expect(bench.comments()).toEqual([expect.stringContaining("agentbot is done.")]);
  });
});
