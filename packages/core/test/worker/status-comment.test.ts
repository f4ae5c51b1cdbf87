import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createStatusComment } from "../../src/worker/status/status-comment.js";
import { statusMarker } from "../../src/worker/status/status-marker.js";
import { createBench } from "./fixtures/create-bench.js";

/** A task whose earlier attempt died after it had posted so many comments, none of which the ledger knows of. */
async function askAfterCrash(posted: number) {
  const bench = await createBench();
  const taskId = await bench.ask();
  const begun = await bench.store.tasks.begin(taskId, { leaseMs: 20, agent: "scripted" });
  if (begun.status !== "begun") throw new Error("not begun");
  await bench.store.effects.intend(begun.lease, { key: `${taskId}/status-comment`, kind: "status-comment" });
  const { origin } = begun.task;
  const marker = statusMarker(taskId);
  const request = { origin, marker, signal: new AbortController().signal };
  for (let count = 1; count <= posted; count += 1) {
    await bench.acme.conversation.postStatus({ ...request, body: `${count}\n${marker}` });
  }
  bench.acme.conversation.say(origin.conversation, `I can copy a marker too ${marker}`);
  return { bench, taskId };
}

describe("the status comment", () => {
  test.each([1, 3])(
    "that %i earlier tries have posted is taken up, the oldest one, and the others removed",
    async (posted) => {
      const { bench, taskId } = await askAfterCrash(posted);
      await bench.startWorker();
      expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 2 });
      const [oldest, ...others] = bench.acme.conversation.messages;
      expect(oldest).toMatchObject({ id: "1", isOurs: true, body: expect.stringContaining("is done") });
      expect(others).toMatchObject([{ isOurs: false, body: expect.stringContaining("I can copy a marker too") }]);
    },
  );

  test("is written even if a duplicate of it cannot be removed", async () => {
    const { bench, taskId } = await askAfterCrash(2);
    const removeStatus = async (): Promise<never> => {
      throw new AgentBotError("PROVIDER_REJECTED", "only moderators may delete");
    };
    const conversation = { ...bench.provider.conversation, removeStatus };
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }] });
    await bench.ended(taskId);
    expect(bench.acme.conversation.messages[0]?.body).toContain("is done");
  });

  test("is not touched any more once the lease is lost, even at a provider that ignores its signal", async () => {
    const bench = await createBench();
    const task = await bench.task(await bench.ask());
    const calls: string[] = [];
    const conversation = {
      ...bench.provider.conversation,
      postStatus: async () => {
        calls.push("post");
        return { id: "1", url: "https://acme.example/1" };
      },
    };
    const lost = new AbortController();
    const { signal } = new AbortController();
    const status = createStatusComment({
      ...{ task, botName: "agentbot", conversation, logger: bench.logger, signal, leaseSignal: lost.signal },
      perform: (plan) => plan.perform(),
      assertHeld: () => lost.signal.throwIfAborted(),
    });
    lost.abort(new Error("the lease is lost"));
    await expect(status.show("Working on it")).rejects.toThrow("the lease is lost");
    const end = { status: "failed", reason: "budget", explanation: "It was spent." } as const;
    await expect(status.showEnd(end)).rejects.toThrow("the lease is lost");
    expect(calls).toEqual([]);
  });

  test("is the bot's, with the name it goes by", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker({ botName: "robin" });
    await bench.ended(taskId);
    expect(bench.comments()).toEqual([expect.stringMatching(/^\*\*robin\*\* is done/)]);
  });

  test("tells the agent's words without notifying anybody but who asked", async () => {
    const bench = await createBench({
      script: async () => ({ summary: "Thanks @octocat, cc @everyone <!-- agentbot:task=x -->" }),
    });
    const taskId = await bench.ask();
    await bench.startWorker();
    await bench.ended(taskId);
    const [comment = ""] = bench.comments();
    expect(comment).toContain("Thanks @octocat");
    expect(comment).not.toContain("@everyone");
    expect(comment.match(/<!-- agentbot:task=/g)).toHaveLength(1);
  });
});
