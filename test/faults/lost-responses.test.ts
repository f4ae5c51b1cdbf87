import {
  AgentBotError,
  type Clock,
  createNoSandbox,
  createWorker,
  type Workspace,
  type WorkspaceFactory,
} from "@agentbot/core";
import { sleep, systemClock } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import type { FakeGitHubFault } from "@agentbot/provider-github/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createMortal } from "./one-process/mortal.js";
import { type GitHubBot, type GitHubBotOptions, mallory, startGitHubBot } from "./one-process/start-github-bot.js";
import { createRandom, faultSeed, isFull } from "./world/random.js";
import { repository } from "./world/webhook.js";

/** Each task has three effects: comment, branch and pull request. */
const tasks = isFull ? 334 : 34;
const fullName = `${repository.owner}/${repository.name}`;
/** The provider's own pauses between tries are not what is tested here. */
const hastyClock: Clock = { ...systemClock, sleep: (durationMs, signal) => sleep(Math.min(durationMs, 5), signal) };

let bot: GitHubBot;
afterEach(() => bot?.close());
async function startBot(options: GitHubBotOptions): Promise<GitHubBot> {
  bot = await startGitHubBot(options);
  return bot;
}

/** Pushes, and then loses the answer at random. */
function withLostAnswers(workspaces: WorkspaceFactory, isLost: () => boolean): WorkspaceFactory {
  return {
    async prepare(request, options) {
      const prepared = await workspaces.prepare(request, options);
      const publish: Workspace["publish"] = async (push, { signal }) => {
        await prepared.workspace.publish(push, { signal });
        if (isLost()) throw new AgentBotError("GIT_FAILED", "connection reset by peer", { isOutage: true });
      };
      return { ...prepared, workspace: { ...prepared.workspace, publish } };
    },
  };
}

describe("where three answers of ten are lost after the work was done", () => {
  test(`${tasks * 3} effects are there once, and nothing of a stranger is taken for ours`, {
    timeout: 600_000,
  }, async () => {
    const random = createRandom(faultSeed);
    let lostCount = 0;
    const isLost = (): boolean => {
      const lost = random.fraction() < 0.3;
      if (lost) lostCount += 1;
      return lost;
    };
    const ways: readonly FakeGitHubFault[] = [
      { when: "after" },
      { when: "after", status: 502 },
      { when: "after", status: 504 },
    ];
    const copied = new Set<number>();
    const faultFor = (method: string): FakeGitHubFault | null => {
      // A stranger copies each comment of the bot with its marker, at random through the bot's own App.
      for (const { id, issueNumber, body, user } of bot.github.comments) {
        if (user.id !== bot.github.bot.id || copied.has(id)) continue;
        copied.add(id);
        const copy = { repository: fullName, issueNumber, body, user: mallory };
        bot.github.addComment(random.fraction() < 0.5 ? copy : { ...copy, appId: bot.github.app.id });
      }
      return method !== "DELETE" && isLost() ? random.pick(ways) : null;
    };
    const { github, remote, parts, ask, ended, commentsOf, agentRuns, startWorker } = await startBot({
      ...{ issues: tasks, faultFor, listedAfterMs: 200, providerClock: hastyClock },
    });
    const taskIds = await Promise.all(Array.from({ length: tasks }, (_, index) => ask(index + 1)));
    await startWorker({ workspaces: withLostAnswers(parts.workspaces, isLost) });

    const wrong: string[] = [];
    for (const taskId of taskIds) {
      const { status, reason, attempt } = await ended(taskId);
      const pulls = github.pullRequests.filter(({ head }) => head === `agentbot/${taskId}`).length;
      const effects = (await parts.store.effects.list(taskId)).map(({ kind, performedAt }) =>
        performedAt ? kind : `${kind}?`,
      );
      const comments = commentsOf(taskId);
      const isShown = comments.length === 1 && /is done\. \[\\?#/.test(comments[0] ?? "");
      const isRight =
        isShown &&
        status === "succeeded" &&
        pulls === 1 &&
        remote.branches.has(`agentbot/${taskId}`) &&
        agentRuns.get(taskId) === 1;
      if (isRight && effects.join() === "status-comment,branch,pull-request") continue;
      wrong.push(
        `${taskId} ${status} ${reason} ${attempt}: ${pulls} pull requests, ${effects}, ${JSON.stringify(comments)}`,
      );
    }
    expect(wrong, `seed ${faultSeed}, ${lostCount} answers lost`).toEqual([]);
    expect([remote.branches.size, remote.conflictCount, github.pullRequests.length]).toEqual([tasks, 0, tasks]);
    expect(lostCount).toBeGreaterThan(tasks);
    // The comments of strangers are unchanged.
    expect(github.comments.filter(({ user }) => user.id === mallory.id)).toHaveLength(copied.size);
    expect(github.comments.filter(({ user, body }) => user.id === mallory.id && body.includes("is done"))).toEqual([]);
  });
});

describe("two workers that both post the comment of a task, since one of them is dead and does not know,", () => {
  const settings = { leaseMs: 5000, effectRecheckMs: 100, reconcileIntervalMs: 100 };

  /** A worker that dies as its comment is on the way, which arrives when `arriving` resolves; answers when it is dead. */
  async function startDoomed(arriving: Promise<unknown>): Promise<void> {
    const { store, agent, queue, providers, workspaces } = bot.parts;
    const mortal = createMortal();
    const [provider] = providers;
    if (!provider) throw new Error("there is a provider");
    const { conversation } = provider;
    const postStatus: typeof conversation.postStatus = async (request) => {
      mortal.kill();
      await arriving;
      return await conversation.postStatus(request, { signal: new AbortController().signal });
    };
    const { conversation: talk, ...doomed } = mortal.gate({
      ...{ store, agent, workspaces, conversation: { ...conversation, postStatus } },
    });
    const claim: typeof queue.claim = (request) =>
      queue.claim({ ...request, signal: AbortSignal.any([request.signal, mortal.death]) });
    const worker = createWorker({
      sandbox: createNoSandbox(),
      ...{ ...settings, ...doomed, endOrphans: async () => {} },
      queue: mortal.gate({ ...queue, claim }),
      providers: [{ ...provider, conversation: talk }],
    });
    await worker.start();
    await eventually("the first worker to die", () => (mortal.isDead ? true : null));
  }

  test("leave the first, where the dead one's arrives last", async () => {
    let arrive = (): void => {};
    const arriving = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { github, ask, ended, commentsOf, startWorker } = await startBot({
      issues: 1,
      async whileAgentWorks() {
        arrive();
        await eventually("the late comment", () => (github.comments.length > 1 ? true : null));
      },
    });
    const taskId = await ask(1);
    await startDoomed(arriving);
    await startWorker(settings);
    expect(await ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(commentsOf(taskId)).toEqual([expect.stringContaining("is done")]);
  });

  test("leave the first, where the dead one's is listed late", async () => {
    const { github, ask, ended, commentsOf, startWorker } = await startBot({ issues: 1 });
    const taskId = await ask(1);
    // Neither of the two looks before the second worker posts shows the first comment.
    github.fail({ method: "GET", path: /\/comments$/, status: 200, body: [], times: 3 });
    await startDoomed(Promise.resolve());
    const first = await eventually("the first comment", () => github.comments[0] ?? null);
    await startWorker(settings);
    expect(await ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(github.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/comments"))).toHaveLength(
      2,
    );
    expect(github.comments.map(({ id }) => id)).toEqual([first.id]);
    expect(commentsOf(taskId)).toEqual([expect.stringContaining("is done")]);
  });
});

describe("a pull request", () => {
  const openAs = (head: string, user: typeof mallory) =>
    bot.github.addPullRequest({ repository: fullName, title: "Mine", head, base: "main", headCommit: "b", user });

  test("that a stranger opens for the bot's branch, just before the bot does, stays the stranger's", async () => {
    const { github, ask, ended, commentsOf, startWorker } = await startBot({
      issues: 1,
      faultFor(method, path) {
        if (method === "POST" && path.endsWith("/pulls") && bot.github.pullRequests.length === 0) {
          openAs([...bot.remote.branches.keys()][0] ?? "", mallory);
        }
        return null;
      },
    });
    await startWorker();
    const taskId = await ask(1);
    expect(await ended(taskId)).toMatchObject({ status: "failed", reason: "pull_request_conflict", result: null });
    expect(github.pullRequests).toMatchObject([{ title: "Mine", user: mallory }]);
    expect(commentsOf(taskId)).toEqual([expect.stringContaining("A pull request of another author exists")]);
  });

  test("of ours, opened by a try whose answer was lost and listed late, is the task's", async () => {
    const { github, ask, ended, commentsOf, startWorker } = await startBot({ issues: 1, listedAfterMs: 1500 });
    github.fail({ method: "POST", path: /\/pulls$/, when: "after", status: 502 });
    await startWorker({ effectRecheckMs: 100 });
    const taskId = await ask(1);
    const number = 2;
    expect(await ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1, result: { pullRequest: { number } } });
    expect(github.pullRequests).toMatchObject([{ number, head: `agentbot/${taskId}` }]);
    expect(commentsOf(taskId)).toEqual([expect.stringMatching(new RegExp(`is done\\. \\[\\\\?#${number}\\]`))]);
  });
});
