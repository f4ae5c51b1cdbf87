import { fileURLToPath } from "node:url";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { expect, inject, test } from "vitest";
import { findActing } from "../../../packages/core/test/markdown/support/host-filters.js";
import { renderLikeGitHub } from "../../../packages/core/test/markdown/support/render-like-github.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

/** Words that act in a commit or the title of a pull request: they close an issue, notify an account, add an author, … */
const acting =
  /\b(?:clos|fix|resolv)e?[sd]?\W{0,20}(?:acme\/other)?(?:#\d|GH-\d|https?:)|@(?:hubot|octocat)|\[skip ci\]|-by:|https?:\/\/evil/im;

test.each([
  ["Crash, fixes #12 and closes acme/other#7", "Crash, f\u200bixes #\u200b12 and c\u200bloses acme/other#\u200b7"],
  [
    "Typo in README, closes #1 [skip ci] @octocat/everybody",
    "Typo in README, c\u200bloses #\u200b1 [\u200bskip ci] @\u200boctocat/everybody",
  ],
  ["Closes https://github.com/acme/app/issues/13 @octocat https://evil.test Co-authored-by: x <x@evil.test>", null],
  [`[skip ci] ${"a long title ".repeat(4)}👩‍💻👩‍💻👩‍💻👩‍💻👩‍💻 fixes\t#12`, null],
])("a title that closes issues closes none once the bot has worked on it: %j", async (title, expected) => {
  const program = fileURLToPath(new URL("./fixtures/closing-agent.mjs", import.meta.url));
  const world = await startWorld([800], { CLAUDE_BIN: program });
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const adapters = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, adapters);
  try {
    const { issue, ...payload } = commentOn(800, "@agentbot mend the typo");
    const taskId = (await deliver(server.url, { ...payload, issue: { ...issue, title } }))?.taskId ?? "";
    const task = await eventually("the task to end", async () => {
      const found = await adapters.store.tasks.find(taskId);
      return found?.finishedAt ? found : null;
    });
    expect(task).toMatchObject({ status: "succeeded", reason: null, title: title.replace("\t", " ") });
    const { comments, pullRequests } = world.local.github;
    const message = (await world.local.git("log", "-1", "--format=%B", `agentbot/${taskId}`)) ?? "";
    const [subject = ""] = message.split("\n");
    const pull = pullRequests.find(({ head }) => head === `agentbot/${taskId}`);
    const comment = comments.find(({ body }) => body.includes(taskId));
    const pages = [pull?.body ?? "", comment?.body.replace(`<!-- agentbot:task=${taskId} -->`, "") ?? ""];
    for (const text of [message, pull?.title ?? "", ...pages]) {
      expect(text).not.toBe("");
      expect(text).not.toMatch(/\p{Surrogate}|\u200d(?!💻)/u);
    }
    for (const line of [message, pull?.title ?? ""]) expect(line).not.toMatch(acting);
    const { program, origin } = inject("markdownRenderer");
    if (program === null) throw new Error(origin);
    for (const [index, page] of renderLikeGitHub(program, pages).entries()) {
      // The links that the bot itself writes.
      const own = [task.origin.url, task.result?.pullRequest?.url].map((address) => `link: ${address}`);
      expect(findActing(pages[index] ?? "", page).filter((each) => !own.includes(each))).toEqual([]);
      expect(page.code).toContain("```\n@octocat\n");
    }
    expect(subject.length).toBeLessThanOrEqual(72);
    expect(message).toContain(`Requested at ${task.origin.url}`);
    if (expected !== null) expect([subject, pull?.title]).toEqual([expected, expected]);
    expect(pull?.body).toContain("F\u200bixes");
  } finally {
    await server.stop();
    await world.close();
  }
});
