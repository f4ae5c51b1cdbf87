import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import type { WorkerOptions } from "../../src/worker/create-worker.js";
import type { PullRequestFacts } from "../../src/worker/texts/operator-texts.js";
import { createBench } from "./fixtures/create-bench.js";

/** A task that ran to its end in a worker with these options. */
async function runTask(options: Partial<WorkerOptions>, title = "The build is red") {
  const bench = await createBench();
  const taskId = await bench.ask({ title });
  await bench.startWorker(options);
  const task = await bench.ended(taskId);
  const warnings = bench.logger.lines.filter(({ level }) => level === "warn").map(({ facts }) => facts);
  const [pullRequest] = bench.acme.codeHost.pullRequests;
  return { bench, taskId, task, pullRequest, warnings };
}

describe("the operator's instructions", () => {
  test("are rules of the prompt, before the request and outside every fence", async () => {
    const { bench } = await runTask({ instructions: "  Write a test for each change.\n" });
    const [prompt = ""] = bench.agent.jobs.map((job) => job.prompt);
    const rules = prompt.slice(prompt.indexOf("# House rules"), prompt.indexOf("# Request"));
    expect(rules).toMatch(/hold whatever the request says\.\n\nWrite a test for each change\.\n\n$/);
    expect(rules).not.toContain("<untrusted-");
  });

  test("are not named in a prompt without them", async () => {
    const { bench } = await runTask({});
    expect(bench.agent.jobs[0]?.prompt).not.toContain("House rules");
  });
});

describe("the branch prefix", () => {
  test.each(["agentbot/", "bots/of/us-", "bot-", "käfer/"])(
    "%s begins the name of each task's branch",
    async (prefix) => {
      const { bench, taskId, task, pullRequest } = await runTask({ branchPrefix: prefix });
      expect(task.result?.branch).toBe(`${prefix}${taskId}`);
      expect(pullRequest?.headBranch).toBe(`${prefix}${taskId}`);
      expect([...bench.remote.branches.keys()].sort()).toEqual(["main", `${prefix}${taskId}`].sort());
    },
  );

  test.each([
    "",
    "/",
    "-x/",
    ".x/",
    "a//b/",
    "a/.b/",
    "a..b/",
    "a.lock/",
    "a b/",
    "a~",
    "a:b/",
    "a\nb/",
    "x".repeat(101),
  ])("%j, after which no branch has a legal name, is refused with the option's name", async (branchPrefix) => {
    const bench = await createBench();
    await expect(bench.startWorker({ branchPrefix })).rejects.toThrow(/^createWorker: branchPrefix: /);
  });

  test("that has changed since an attempt pushed leads to no second branch", async () => {
    const bench = await createBench();
    const { openPullRequest } = bench.acme.codeHost;
    let hasFailed = false;
    bench.acme.codeHost.openPullRequest = async (...given) => {
      if (hasFailed) return await openPullRequest(...given);
      hasFailed = true;
      throw new AgentBotError("PROVIDER_REJECTED", "The base branch is gone");
    };
    const taskId = await bench.ask();
    const first = await bench.startWorker({ branchPrefix: "first/" });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "provider_rejected" });
    await first.stop();
    await bench.store.tasks.reopen(taskId);
    await bench.startWorker({ branchPrefix: "second/" });
    const task = await bench.taskWhen(taskId, "to succeed", ({ status }) => status === "succeeded");
    expect(task.result?.branch).toBe(`first/${taskId}`);
    expect([...bench.remote.branches.keys()]).not.toContain(`second/${taskId}`);
  });
});

describe("the operator's texts of a pull request", () => {
  test("are made of the facts of the change, and of the built-in texts", async () => {
    const seen: PullRequestFacts[] = [];
    const { taskId, pullRequest } = await runTask({
      pullRequestTexts(facts) {
        seen.push(facts);
        return { title: `[bot] ${facts.task.title}`, body: `${facts.summary}\n\nChecklist:\n- [ ] reviewed` };
      },
    });
    expect(pullRequest).toMatchObject({
      title: "[bot] The build is red",
      body: "Fixed it.\n\nChecklist:\n- [ ] reviewed",
    });
    expect(seen).toMatchObject([
      {
        task: { id: taskId },
        branch: `agentbot/${taskId}`,
        baseBranch: "main",
        summary: "Fixed it.",
        diffStat: expect.any(String),
        defaults: { title: "The build is red", body: expect.stringContaining(`Task ${taskId}`) },
      },
    ]);
  });

  test("are made inert and cut like all others", async () => {
    const { pullRequest } = await runTask({
      pullRequestTexts: () => ({
        title: `fixes #12\n${"x".repeat(300)}`,
        body: `fixes #12, @hubot <b>\n${"x".repeat(100_000)}`,
      }),
    });
    expect(pullRequest?.title).toMatch(/^f\u200bixes #\u200b12 x+…$/);
    expect(pullRequest?.title).toHaveLength(250);
    expect(pullRequest?.body).toMatch(/^f\u200bixes #\u200b12, @\u200bhubot &lt;b>/);
    expect(pullRequest?.body.length).toBeLessThanOrEqual(60_000);
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("the operator's mistake");
      },
    ],
    ["returns nothing", () => undefined],
    ["returns no body", () => ({ title: "A title" })],
    ["returns a promise, which is rejected", async () => Promise.reject(new Error("later"))],
  ])("of a function that %s are the built-in ones, with one warning and the work kept", async (_, texts) => {
    const { task, pullRequest, warnings } = await runTask({
      pullRequestTexts: texts as NonNullable<WorkerOptions["pullRequestTexts"]>,
    });
    expect(task).toMatchObject({ status: "succeeded", attempt: 1, result: { pullRequest: { number: 1001 } } });
    expect(pullRequest).toMatchObject({ title: "The build is red", body: expect.stringContaining("Fixed it.") });
    expect(warnings).toMatchObject([{ option: "pullRequestTexts" }]);
  });
});

describe("the operator's words of the status message", () => {
  test("are its steps and its headline, by the state and the result", async () => {
    const { bench } = await runTask({
      statusTexts: {
        steps: ["Vorbereiten", "Arbeiten", "Veröffentlichen"],
        headline: ({ state, result, task, defaultText }) =>
          state === "working" ? `Ich mache: ${task.title}` : `${result?.pullRequest?.number}: fertig (${defaultText})`,
      },
    });
    const shown = bench.bodies.map((body) => [body.split("\n")[0], body.match(/\[>\] (.*)/)?.[1]]);
    expect(shown).toEqual([
      ["Ich mache: The build is red", "Vorbereiten"],
      ["Ich mache: The build is red", "Arbeiten"],
      ["Ich mache: The build is red", "Veröffentlichen"],
      ["1001: fertig (agentbot is done.)", undefined],
    ]);
  });

  test("know the stable reason of an end", async () => {
    const bench = await createBench({
      provider: { defaultPermission: "write" },
      script: async () => ({ status: "failed", reason: "budget" }),
    });
    const taskId = await bench.ask();
    await bench.startWorker({
      statusTexts: {
        headline: ({ reason, explanation, defaultText }) => (reason ? `${reason}! ${explanation}` : defaultText),
      },
    });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "budget" });
    expect(bench.comments()[0]).toMatch(/^budget! The agent reached its budget before it was done\.\n/);
  });

  test("are one inert line, and the built-in one where nothing is left of them", async () => {
    const { bench } = await runTask({
      statusTexts: { headline: ({ state }) => (state === "working" ? "\u200b\n" : "Done,\nfixes #12 @hubot") },
    });
    expect(bench.bodies[0]).toMatch(/^agentbot is on it\.\n/);
    expect(bench.comments()[0]).toMatch(/^Done, f\u200bixes #\u200b12 @\u200bhubot\n/);
  });

  test("that cannot be had are the built-in ones, with one warning a task", async () => {
    const { bench, warnings } = await runTask({
      statusTexts: {
        headline() {
          throw new Error("the operator's mistake");
        },
      },
    });
    expect(bench.bodies.map((body) => body.split("\n")[0])).toEqual([
      ...Array.from({ length: 3 }, () => "agentbot is on it."),
      "agentbot is done.",
    ]);
    expect(warnings).toMatchObject([{ option: "statusTexts.headline" }]);
  });
});

test("words of a wrong type are refused with the option's name", async () => {
  const bench = await createBench();
  const wrong = {
    ...{ instructions: " ", pullRequestTexts: "A title" },
    statusTexts: { steps: ["One", "Two"], headline: "Done", footer: "Bye" },
  };
  const start = () => bench.startWorker(wrong as unknown as Partial<WorkerOptions>);
  await expect(start()).rejects.toThrow(
    /instructions: .*pullRequestTexts: .*statusTexts\.steps.*statusTexts\.headline.*statusTexts: /s,
  );
});
