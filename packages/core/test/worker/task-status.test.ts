import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { createScriptedRunner, type Script } from "../../src/testing/scripted-runner.js";
import { progressView } from "../../src/worker/status/status-views.js";
import { createTaskStatus } from "../../src/worker/status/task-status.js";
import { createBench } from "./fixtures/create-bench.js";

/** A task whose earlier attempt died after it had posted this number of messages, none of them in the ledger. */
async function askAfterCrash(posted: number) {
  const bench = await createBench();
  const taskId = await bench.ask();
  const begun = await bench.store.tasks.begin(taskId, { leaseMs: 20, agent: "scripted" });
  if (begun.status !== "begun") throw new Error("not begun");
  await bench.store.effects.intend(begun.lease, { key: `${taskId}/status-comment`, kind: "status-comment" });
  const { origin } = begun.task;
  const request = { origin, taskId, view: progressView("agentbot", "Getting ready") };
  for (let count = 1; count <= posted; count += 1) {
    await bench.acme.conversation.postStatus(request, { signal: new AbortController().signal });
  }
  bench.acme.conversation.say(origin.conversation, `I can copy a mark too: ${taskId}`);
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
      expect(oldest).toMatchObject({ id: "1", taskId, body: expect.stringContaining("is done") });
      expect(others).toMatchObject([{ taskId: null, body: expect.stringContaining("I can copy a mark too") }]);
    },
  );

  test.each([
    ["both", 2],
    ["only the first", 1],
  ])(
    "that was posted twice, the first of which is listed late, ends as the first, with %s listed then",
    async (_, listed) => {
      const bench = await createBench();
      const { conversation } = bench.provider;
      let looks = 0;
      let posts = 0;
      const taskId = await bench.ask();
      await bench.startWorker({
        providers: [
          {
            ...bench.provider,
            conversation: {
              ...conversation,
              async findStatus(...request) {
                looks += 1;
                return looks <= 2 ? [] : (await conversation.findStatus(...request)).slice(0, listed);
              },
              async postStatus(...request) {
                const posted = await conversation.postStatus(...request);
                posts += 1;
                if (posts === 1) throw new AgentBotError("PROVIDER_UNAVAILABLE", "the answer was lost");
                return posted;
              },
            },
          },
        ],
      });
      expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
      expect(posts).toBe(2);
      expect(bench.acme.conversation.messages).toMatchObject([{ id: "1", body: expect.stringContaining("is done") }]);
    },
  );

  test("of a worker that had lost its lease, posted after ours, goes at our end", async () => {
    const { bench, taskId } = await askAfterCrash(1);
    const { conversation } = bench.acme;
    const task = await bench.task(taskId);
    const script: Script = async () => {
      const request = { origin: task.origin, taskId, view: progressView("agentbot", "Working on it") };
      await conversation.postStatus(request, { signal: new AbortController().signal });
      return undefined;
    };
    await bench.startWorker({ agent: createScriptedRunner({ script }) });
    await bench.ended(taskId);
    expect(conversation.messages.filter((message) => message.taskId !== null)).toMatchObject([
      { id: "1", body: expect.stringContaining("is done") },
    ]);
  });

  test("is the oldest one where the one on record was a duplicate, removed by a run that died then", async () => {
    const { bench, taskId } = await askAfterCrash(1);
    const held = await bench.store.tasks.begin(taskId, { leaseMs: 20, agent: "scripted" }).then(async (begun) => {
      if (begun.status === "begun") return begun.lease;
      await new Promise((resolve) => setTimeout(resolve, 30));
      const again = await bench.store.tasks.begin(taskId, { leaseMs: 20, agent: "scripted" });
      if (again.status !== "begun") throw new Error("not begun");
      return again.lease;
    });
    await bench.store.effects.complete(held, `${taskId}/status-comment`, { id: "99", url: "https://acme.example/99" });
    await bench.startWorker();
    await bench.ended(taskId);
    expect(bench.comments()).toEqual([expect.stringContaining("is done")]);
  });

  test("is posted again where a reader has deleted it", async () => {
    const bench = await createBench({
      script: async () => {
        const [message] = bench.acme.conversation.messages;
        const { origin } = await bench.task(taskId);
        const request = { origin, taskId, id: message?.id ?? "" };
        await bench.acme.conversation.removeStatus(request, { signal: new AbortController().signal });
        return {};
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.acme.conversation.messages).toMatchObject([{ taskId, body: expect.stringContaining("is done") }]);
  });

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
    const status = createTaskStatus({
      ...{
        task,
        botName: "agentbot",
        word: (view) => view,
        conversation,
        logger: bench.logger,
        signal,
        leaseSignal: lost.signal,
      },
      wasPublishing: false,
      ...{ clock: systemClock, recheckDelayMs: 1 },
      perform: (plan) => plan.perform(),
      findPosted: async () => null,
      assertHeld: () => lost.signal.throwIfAborted(),
    });
    lost.abort(new Error("the lease is lost"));
    await expect(status.showStep("Working on it")).rejects.toThrow("the lease is lost");
    const end = { status: "failed", reason: "budget", explanation: "It was spent." } as const;
    await expect(status.showEnd({ end, isSilent: false })).rejects.toThrow("the lease is lost");
    expect(calls).toEqual([]);
  });

  test("is the bot's, with the name it goes by", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker({ botName: "robin" });
    await bench.ended(taskId);
    expect(bench.comments()).toEqual([expect.stringMatching(/^robin is done/)]);
  });

  test("and its pull request have the bot's name and no HTML, which another code host would show as it is", async () => {
    const bench = await createBench();
    const taskId = await bench.ask({ title: " \n" });
    await bench.startWorker({ botName: "robin" });
    await bench.ended(taskId);
    const [pullRequest] = bench.acme.codeHost.pullRequests;
    expect(pullRequest).toMatchObject({
      title: "Changes by robin",
      body: expect.stringContaining(`\n\nTask ${taskId}`),
    });
    expect(`${pullRequest?.title} ${pullRequest?.body}`).not.toMatch(/agentbot|<\w/);
  });

  test("of a success mentions no account, and its pull request only the requester of the same provider", async () => {
    for (const [provider, mention] of [
      ["acme", "Thanks @octocat"],
      ["chat", "Thanks @\u200boctocat"],
    ] as const) {
      const bench = await createBench({
        script: async ({ write }) => {
          await write("fixed.ts", "fixed\n");
          return { summary: "Thanks @octocat and @hubot" };
        },
      });
      const actor = { provider, id: "583231", login: "octocat" };
      const taskId = await bench.ask({ actor });
      await bench.startWorker({ access: { decide: async () => ({ status: "allowed", allowedTools: null }) } });
      expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
      const [pullRequest] = bench.acme.codeHost.pullRequests;
      expect(pullRequest?.body).toContain(`${mention} and @\u200bhubot`);
      expect(bench.comments()[0]).not.toMatch(/@octocat|@hubot/);
    }
  });

  test("shows the agent's words as inert Markdown", async () => {
    const bench = await createBench({
      script: async () => ({ summary: "Thanks @octocat, cc @everyone <!-- agentbot:task=x -->" }),
    });
    const taskId = await bench.ask();
    await bench.startWorker();
    await bench.ended(taskId);
    const [comment = ""] = bench.comments();
    expect(comment).toContain("Thanks");
    expect(comment).not.toMatch(/@octocat|@everyone|<!--/);
  });
});
