import { describe, expect, test } from "vitest";
import { maxDecisionMs, maxReplyMs } from "../../src/commands/answer-command.js";
import { threadView } from "../../src/commands/command-views.js";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { unlessAborted } from "../../src/lifecycle/unless-aborted.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Conversation } from "../../src/ports/conversation.js";
import { eventually } from "../../src/testing/eventually.js";
import { taskFixture } from "../../src/testing/task-fixture.js";
import { createThread, hang, noSandboxYet } from "./fixtures/create-thread.js";

describe("stop", () => {
  test("is answered although every place for tasks is taken, and stops the running task at once", async () => {
    const bench = await createThread({ script: hang });
    const [running, waiting] = [await bench.request(), await bench.request()];
    await bench.startWorker({ concurrency: 1, leaseMs: 600_000 });
    await bench.running();
    const commandId = await bench.command("stop");
    await bench.answered(commandId);
    expect(await bench.ended(running)).toMatchObject({ status: "cancelled", reason: "stopped" });
    expect(await bench.ended(waiting)).toMatchObject({ status: "cancelled", reason: "stopped", attempt: 0 });
    expect(bench.comments()).toEqual([expect.stringContaining("It was stopped.")]);
    expect(bench.replies(commandId)).toEqual([]);
    expect(bench.agent.jobs).toHaveLength(1);
  });

  test("reaches a task that goes back in line for its next attempt while the thread is looked through", async () => {
    const bench = await createThread();
    const { tasks } = bench.store;
    const taskId = await bench.request();
    const begun = await tasks.begin(taskId, { leaseMs: 600_000, agent: "scripted" });
    if (begun.status !== "begun") throw new Error("the task was not begun");
    let searches = 0;
    const search: typeof tasks.search = async (request) => {
      const page = await tasks.search(request);
      searches += 1;
      const retry = { status: "queued", cause: "retry", reason: "git_failed", delayMs: 600_000 } as const;
      if (searches === 1) await tasks.settle(begun.lease, retry);
      return page;
    };
    const commandId = await bench.command("stop");
    await bench.startWorker({ store: { ...bench.store, tasks: { ...tasks, search } } });
    await bench.answered(commandId);
    expect(await bench.task(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
  });

  test("replies how many waiting tasks it has stopped, although an earlier try was cut off before its reply", async () => {
    const bench = await createThread();
    const waiting = [await bench.request(), await bench.request()];
    const commandId = await bench.command("stop");
    let tries = 0;
    const findStatus: Conversation["findStatus"] = async (...given) => {
      tries += 1;
      if (tries === 1) throw new Error("The connection was reset");
      return await bench.provider.conversation.findStatus(...given);
    };
    const conversation = { ...bench.provider.conversation, findStatus };
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }], sandbox: noSandboxYet });
    await bench.answered(commandId);
    for (const taskId of waiting) expect(await bench.task(taskId)).toMatchObject({ reason: "stopped", attempt: 0 });
    expect(bench.replies(commandId)).toMatchObject([{ body: "Stopped 2 waiting tasks." }]);
  });

  test("does not wait for an earlier command of its thread whose reply fails", async () => {
    const bench = await createThread();
    const taskId = await bench.request();
    const [help, stop] = [await bench.command("help"), await bench.command("stop")];
    const postStatus: Conversation["postStatus"] = async (...given) => {
      const isStopped = (await bench.store.commands.find(stop))?.finishedAt !== null;
      if (given[0].taskId === help && !isStopped) throw new Error("The provider is down");
      return await bench.provider.conversation.postStatus(...given);
    };
    const conversation = { ...bench.provider.conversation, postStatus };
    await bench.startWorker({ providers: [{ ...bench.provider, conversation }], sandbox: noSandboxYet });
    await bench.answered(stop);
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
    await bench.answered(help);
    expect(bench.replies(help)).toHaveLength(1);
  });

  test.each(["acknowledge", "findStatus", "postStatus"] as const)(
    "waits only a moment for an earlier command of its thread whose provider never answers %s",
    async (method) => {
      const bench = await createThread({ script: hang });
      const taskId = await bench.request();
      const [help, stop] = [await bench.command("help"), await bench.command("stop")];
      const { conversation } = bench.provider;
      const hanging: Conversation = {
        ...conversation,
        [method]: (...given: Parameters<Conversation["acknowledge"]>) =>
          method === "acknowledge" || Reflect.get(given[0], "taskId") === help
            ? new Promise(() => {})
            : Reflect.apply(conversation[method], conversation, given),
      };
      // A moment of the product is one of the test; a lease is not over in it.
      const sleep: Clock["sleep"] = (ms, signal) =>
        systemClock.sleep(ms <= maxDecisionMs ? Math.min(ms, 20) : ms, signal);
      const providers = [{ ...bench.provider, conversation: hanging }];
      await bench.startWorker({ providers, clock: { ...systemClock, sleep }, leaseMs: 600_000, sandbox: noSandboxYet });
      await bench.answered(stop);
      expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
    },
  );

  test("is done before a reaction that never comes", async () => {
    const bench = await createThread();
    const taskId = await bench.request();
    const conversation = { ...bench.provider.conversation, acknowledge: () => new Promise<never>(() => {}) };
    const sleep: Clock["sleep"] = (ms, signal) => systemClock.sleep(ms === maxDecisionMs ? 600_000 : ms, signal);
    await bench.startWorker({
      ...{ providers: [{ ...bench.provider, conversation }], clock: { ...systemClock, sleep } },
      sandbox: noSandboxYet,
    });
    const commandId = await bench.command("stop");
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
    expect(await bench.store.commands.find(commandId)).toMatchObject({ finishedAt: null });
  });

  test("needs no place of a command in another thread whose provider hangs", async () => {
    const bench = await createThread();
    const { conversation } = bench.provider;
    const help = await bench.command("help", { threadAliases: ["acme:thread:8"] });
    let isHelpHeld = false;
    const findStatus: Conversation["findStatus"] = (...given) => {
      if (given[0].taskId !== help) return conversation.findStatus(...given);
      isHelpHeld = true;
      return new Promise(() => {});
    };
    const sleep: Clock["sleep"] = (ms, signal) => systemClock.sleep(ms === maxDecisionMs ? 600_000 : ms, signal);
    await bench.startWorker({
      ...{ concurrency: 1, providers: [{ ...bench.provider, conversation: { ...conversation, findStatus } }] },
      ...{ clock: { ...systemClock, sleep }, sandbox: noSandboxYet },
    });
    await eventually("the help to be held", () => isHelpHeld || null);
    await bench.answered(await bench.command("stop"));
    expect(await bench.store.commands.find(help)).toMatchObject({ finishedAt: null });
  });

  test("leaves tasks alone that were requested later, and replies that nothing is running", async () => {
    const bench = await createThread();
    const commandId = await bench.command("stop");
    const givenAtMs = Date.now();
    await eventually("the next millisecond", () => (Date.now() > givenAtMs ? true : null));
    const later = await bench.request();
    await bench.startWorker();
    await bench.answered(commandId);
    expect(await bench.ended(later)).toMatchObject({ status: "succeeded" });
    expect(bench.replies(commandId)).toMatchObject([{ body: "Nothing is running here." }]);
  });
});

describe("status, help and resume", () => {
  test("reply in the thread, with the command's mark", async () => {
    const bench = await createThread();
    await bench.startWorker();
    await bench.ended(await bench.request());
    const ids = { status: await bench.command("status"), help: await bench.command("help") };
    const resume = await bench.command("resume");
    for (const id of [ids.status, ids.help, resume]) await bench.answered(id);
    expect(bench.replies(ids.status)).toMatchObject([
      { body: expect.stringContaining("The last task has succeeded.") },
    ]);
    const [help] = bench.replies(ids.help);
    for (const name of ["stop", "retry", "status", "help", "resume"]) expect(help?.body).toContain(`\`${name}\``);
    expect(bench.replies(resume)).toMatchObject([{ body: "Nothing is paused here." }]);
  });

  test("post one reply although the first try failed after posting it", async () => {
    const bench = await createThread();
    const { conversation } = bench.provider;
    let posts = 0;
    const postStatus: typeof conversation.postStatus = async (...request) => {
      const posted = await conversation.postStatus(...request);
      posts += 1;
      if (posts === 1) throw new AgentBotError("PROVIDER_UNAVAILABLE", "the answer was lost");
      return posted;
    };
    await bench.startWorker({ providers: [{ ...bench.provider, conversation: { ...conversation, postStatus } }] });
    const commandId = await bench.command("help");
    await bench.answered(commandId);
    expect([posts, bench.replies(commandId).length]).toEqual([1, 1]);
  });

  test.each(["findStatus", "postStatus"] as const)(
    "post one reply although %s takes longer than other commands of the thread wait",
    async (method) => {
      const bench = await createThread();
      const { conversation } = bench.provider;
      let answer = (): void => {};
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      let calls = 0;
      const slow: Conversation = {
        ...conversation,
        [method]: async (...given: Parameters<Conversation["findStatus"]>) => {
          calls += 1;
          if (calls === 1) await answered;
          given[1].signal.throwIfAborted();
          return await Reflect.apply(conversation[method], conversation, given);
        },
      };
      // A wait that holds up others is over at once; a reply may take its time.
      const sleep: Clock["sleep"] = (ms, signal) => systemClock.sleep(ms <= maxDecisionMs ? 20 : ms, signal);
      const providers = [{ ...bench.provider, conversation: slow }];
      const help = await bench.command("help");
      await bench.startWorker({ providers, clock: { ...systemClock, sleep }, sandbox: noSandboxYet });
      await eventually("the first call", () => calls || null);
      const resume = await bench.command("resume");
      await bench.answered(resume);
      expect(await bench.store.commands.find(help)).toMatchObject({ finishedAt: null });
      answer();
      await bench.answered(help);
      expect([bench.replies(help).length, bench.replies(resume).length, calls]).toEqual([1, 1, 2]);
      expect(await bench.queue.stats()).toMatchObject({ waiting: 0, delayed: 0 });
    },
  );

  test("are given up where the conversation is gone", async () => {
    const bench = await createThread();
    await bench.startWorker();
    const { origin } = bench.draft();
    if (!origin) throw new Error("a draft of the bench has an origin");
    const commandId = await bench.command("help", { origin: { ...origin, conversation: "octocat/hello#0" } });
    await bench.answered(commandId);
    expect(bench.logger.lines).toContainEqual(
      expect.objectContaining({ level: "error", message: "A command could not be answered" }),
    );
  });
});

describe("the status of a thread", () => {
  test.each([
    ["failed", "agent_auth", /^The last task has failed\. The agent's API refused the bot: its key is missing/],
    ["failed", "attempts_exhausted", /^The last task has failed\. It was given up after several attempts/],
    ["failed", "internal_error", /^The last task has failed\.$/],
    ["cancelled", "stopped", /^The last task was cancelled\. It was stopped\.$/],
    ["cancelled", "not_permitted", /^The last task was cancelled\. It was requested without write permission/],
    ["cancelled", "rule_of_the_operator", /^The last task was cancelled\.$/],
  ] as const)("shows the end %s %s in plain sentences", (status, reason, headline) => {
    const view = threadView("robin", [taskFixture({ status, reason })]);
    expect(view).toMatchObject({ state: status, headline: expect.stringMatching(headline), actions: ["retry"] });
    expect(view.headline).not.toMatch(/[_()]/);
  });
});

describe("a command that is older than ten minutes", () => {
  test("is given up where the provider does not answer in time", async () => {
    const bench = await createThread();
    const findStatus: Conversation["findStatus"] = (_request, { signal }) =>
      unlessAborted(new Promise<never>(() => {}), signal);
    const commandId = await bench.command("help");
    await bench.startWorker({
      providers: [{ ...bench.provider, conversation: { ...bench.provider.conversation, findStatus } }],
      clock: {
        ...{ ...systemClock, now: () => new Date(Date.now() + 660_000) },
        sleep: (ms, signal) => systemClock.sleep(ms === maxReplyMs ? 20 : ms, signal),
      },
    });
    await bench.answered(commandId);
    expect(bench.replies(commandId)).toEqual([]);
  });
});
