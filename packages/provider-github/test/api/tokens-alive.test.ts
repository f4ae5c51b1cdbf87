import { type Bot, createBot, createNoSandbox, type WorkspaceFactory } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createScriptedRunner, eventually, recordTask } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import {
  actorOf,
  hello,
  octocat,
  originAt,
  providerOf,
  repository,
  startHello,
  unaborted,
} from "../fixtures/hello-world.js";

const names = ["hello-world", "site", "docs", "tools", "api"] as const;
const repositories = names.map((name, index) => ({ ...hello, id: hello.id + index, name }));

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello({ repositories, gitHandler: (_, response) => void response.end() });
});
afterEach(() => github.close());

const aborted = () => ({ signal: AbortSignal.timeout(30_000) });

describe("Tokens", () => {
  test("are one for each repository, shared by conversation and code host, and revoked by close", async () => {
    const { codeHost, conversation, lifecycle } = providerOf(github);
    for (const { id } of repositories) {
      const place = { ...repository, id: String(id) };
      const origin = originAt(7, { conversation: `${id}#7` });
      for (let round = 0; round < 3; round += 1) {
        await codeHost.permission(place, actorOf(octocat), unaborted);
        await conversation.findStatus({ origin, taskId: "1" }, unaborted);
      }
    }
    expect([github.tokens.length, github.liveTokens.length]).toEqual([names.length, names.length]);
    await lifecycle?.close?.(aborted());
    expect(github.liveTokens).toEqual([]);
    // Nothing is closed for good: another worker may share the provider.
    expect(await codeHost.permission(repository, actorOf(octocat), unaborted)).toBe("admin");
    await lifecycle?.close?.(aborted());
    expect(github.liveTokens).toEqual([]);
  });

  test("are revoked if their run was aborted while they were created", async () => {
    const { codeHost, lifecycle } = providerOf(github);
    const stopped = new AbortController();
    github.fail({ path: /access_tokens$/, delayMs: 50 });
    const creating = codeHost.credentials(repository, { signal: stopped.signal });
    await eventually("the request", () => github.requests.length > 0 || null);
    stopped.abort(new Error("the run was stopped"));
    await expect(creating).rejects.toThrow("the run was stopped");
    await eventually("the token to be created and revoked", () => {
      return github.tokens.length === 1 && github.liveTokens.length === 0 ? true : null;
    });
    await lifecycle?.close?.(aborted());
  });

  test("that cannot be revoked end the closing with its signal", async () => {
    const { codeHost, lifecycle } = providerOf(github);
    await codeHost.permission(repository, actorOf(octocat), unaborted);
    github.fail({ method: "DELETE", delayMs: 3_600_000, times: 10 });
    const late = new AbortController();
    const closing = lifecycle?.close?.({ signal: late.signal });
    await eventually("the request", () => github.requests.some(({ method }) => method === "DELETE") || null);
    late.abort(new Error("too late"));
    await expect(closing).rejects.toThrow("too late");
  });
});

const commit = "a".repeat(40);
const workspaces: WorkspaceFactory = {
  prepare: async () => ({
    workspace: {
      ...{ directory: "/nonexistent", homeDirectory: "/nonexistent", gitDirectory: "/nonexistent" },
      ...{ cacheDirectory: "/nonexistent", baseCommit: commit, notes: [] },
      commit: async () => ({ status: "unchanged", leftOut: null }),
      restore: async () => {},
      publish: async () => {},
    },
    dispose: async () => {},
  }),
};

test("After 60 tasks over five repositories and ten stops, five of them in mid-run, no token is alive", async () => {
  const [store, queue] = [createMemoryStore(), createMemoryQueue()];
  const tasks: string[] = [];
  let isWaiting = false;
  let begun = 0;
  const agent = createScriptedRunner({
    script: async ({ signal }) => {
      begun += 1;
      if (isWaiting && !signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { summary: "Nothing to do." };
    },
  });
  const start = async (): Promise<Bot> => {
    const { name, source, conversation, codeHost, lifecycle } = providerOf(github);
    const provider = { name, source, conversation, codeHost, ...(lifecycle ? { lifecycle } : {}) };
    const bot = createBot({
      ...{ store, queue, agent, workspaces, providers: [provider], sandbox: createNoSandbox() },
      ...{ concurrency: 4, shutdownGraceMs: isWaiting ? 0 : 60_000, effectRecheckMs: 1 },
      endOrphans: async () => {},
    });
    await bot.start();
    return bot;
  };
  const isEnded = async (taskId: string) => (await store.tasks.find(taskId))?.status === "succeeded";

  for (let life = 0; life < 10; life += 1) {
    isWaiting = life % 2 === 1;
    for (let count = 0; count < 6; count += 1) {
      const id = String(repositories[tasks.length % names.length]?.id);
      const number = tasks.length + 100;
      const place = { ...repository, id };
      const origin = originAt(7, { conversation: `${id}#7` });
      const threadAliases = [`github:${id}:issue:${number}`];
      const draft = { actor: actorOf(octocat), origin, repository: place, threadAliases };
      const { taskId, entry } = await recordTask(store, draft);
      tasks.push(taskId);
      await queue.enqueue([entry]);
    }
    const before = begun;
    const bot = await start();
    if (isWaiting) await eventually("runs to be under way", () => begun > before || null);
    else
      await eventually("all tasks to end", async () => (await Promise.all(tasks.map(isEnded))).every(Boolean) || null);
    expect(github.liveTokens.length).toBeLessThanOrEqual(names.length + 4);
    await bot.stop();
    expect(github.liveTokens).toEqual([]);
  }
  isWaiting = false;
  const bot = await start();
  await eventually("all tasks to end", async () => (await Promise.all(tasks.map(isEnded))).every(Boolean) || null);
  await bot.stop();
  expect([tasks.length, github.liveTokens]).toEqual([60, []]);
});
