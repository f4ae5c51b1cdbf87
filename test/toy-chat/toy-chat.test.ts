import { eventually } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startToyBot } from "./start-toy-bot.js";
import { createToyWebhooks } from "./toy-webhooks.js";

/** A request with "slowly" works until it is stopped; any other one changes a file. */
const script: Parameters<typeof startToyBot>[0] = async ({ job, number, signal, write }) => {
  if (job.prompt.includes("slowly")) {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  }
  await write(`change-${number}.txt`, `change ${number}\n`);
  return { summary: `Made **change ${number}**, see \`change-${number}.txt\`.` };
};

describe("work requested in a chat that no code host belongs to", () => {
  let bot: Awaited<ReturnType<typeof startToyBot>>;
  let threadId: string;

  beforeAll(async () => {
    bot = await startToyBot(script);
  });
  afterAll(() => bot.close());

  test("begins with the question for the repository, asked in the thread", async () => {
    const task = await bot.say("@agentbot mend the typo");
    threadId = task.threadId;
    expect(task.repository).toBeNull();
    expect(await bot.ended(task.id)).toMatchObject({ status: "cancelled", reason: "repository_unknown" });
    expect(bot.messageOf(task.id)).toMatchObject({
      text: "[b]In which repository? Answer with one of these: octo-org/hello, octo-org/other[/b]",
      buttons: [],
    });
    expect(bot.agent.jobs).toEqual([]);
  });

  test("is done in the repository of the answer, in the first words, with its end shown in the chat", async () => {
    const task = await bot.say("@agentbot octo-org/hello");
    const ended = await bot.ended(task.id);
    expect(ended).toMatchObject({ status: "succeeded", threadId, repository: { path: "octo-org/hello" } });
    expect(bot.agent.jobs[0]?.prompt).toContain('"mend the typo"');
    const [pull] = bot.github.pullRequests;
    expect(pull).toMatchObject({ repository: "octo-org/hello", title: "mend the typo", head: `agentbot/${task.id}` });
    expect(bot.github.comments).toEqual([]);
    expect(bot.messageOf(task.id)?.text.split("\n")).toEqual([
      "[b]agentbot is done.[/b]",
      "Made [b]change 1[/b], see [code]change-1.txt[/code].",
      `[url=${ended.result?.pullRequest?.url}]#${pull?.number}[/url]`,
    ]);
  });

  test("needs no question for the next request of the thread, and resumes the agent's session", async () => {
    const task = await bot.say("@agentbot now mend the other one");
    expect(await bot.ended(task.id)).toMatchObject({ status: "succeeded", repository: { path: "octo-org/hello" } });
    const [first, second] = bot.agent.jobs;
    expect(first?.sessionId).toBeNull();
    expect(second?.sessionId).not.toBeNull();
    expect(second?.prompt).toContain('"now mend the other one"');
    expect(second?.prompt).toContain('"@agentbot mend the typo"');
  });

  test("is stopped by the button under its message, which is answered in words within three seconds", async () => {
    const task = await bot.say("@agentbot do it slowly");
    await eventually("the agent to run", () => bot.agent.jobs[2] ?? null);
    const [button] = bot.messageOf(task.id)?.buttons ?? [];
    expect(button).toEqual({ label: "Stop", value: "stop" });
    expect(await bot.press(bot.webhooks.button(button?.value ?? ""))).toBe("200 text/plain On it.");
    expect(await bot.ended(task.id)).toMatchObject({ status: "cancelled", reason: "stopped" });
    expect(bot.messageOf(task.id)).toMatchObject({
      text: "[b]agentbot did not do this. It was stopped.[/b]",
      buttons: [{ label: "Retry", value: "retry" }],
    });
  });

  test("is not stopped by a person without access", async () => {
    const stranger = createToyWebhooks({
      signingSecret: "a secret of the toy chat only",
      person: { id: "U666", login: "mallory" },
    });
    const task = await bot.say("@agentbot do it slowly again");
    await eventually("the agent to run", () => bot.agent.jobs[3] ?? null);
    await bot.press(stranger.button("stop"));
    expect(await bot.press(bot.webhooks.slash("status"))).toBe("200 text/plain On it.");
    await eventually("the reply", () =>
      bot.server.messages.some(({ text }) => text.includes("agentbot is working on a task.")) ? true : null,
    );
    expect(await bot.store.tasks.find(task.id)).toMatchObject({ status: "running", cancelRequestedAt: null });
    await bot.press(bot.webhooks.slash("stop"));
    await bot.ended(task.id);
  });

  test("continues on its pull request: a mention there is of the same thread and session", async () => {
    const [pull] = bot.github.pullRequests;
    const task = await bot.commentOnPullRequest(pull?.number ?? 0, "@agentbot rename it");
    expect(task).toMatchObject({ threadId, origin: { provider: "github" } });
    expect(await bot.ended(task?.id ?? "")).toMatchObject({ status: "succeeded", threadId });
    expect(bot.agent.jobs.at(-1)?.sessionId).toBe(bot.agent.jobs[1]?.sessionId);
    expect(bot.github.comments.at(-1)?.body).toContain("agentbot is done");
  });
});
