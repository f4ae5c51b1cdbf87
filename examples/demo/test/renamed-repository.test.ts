import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

const renamed = { owner: "mona", name: "Hello-There" };
const path = "mona/Hello-There";

/** A local GitHub and the real server, in this process. */
async function startServerOn(issueNumbers: readonly number[]) {
  const cleanup = createCleanupStack();
  onTestFinished(() => cleanup.run());
  const world = await startWorld(issueNumbers);
  cleanup.push(() => world.close());
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const parts = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, parts);
  cleanup.push(() => server.stop());
  const ask = async (issueNumber: number): Promise<string> =>
    (await deliver(server.url, commentOn(issueNumber, "@agentbot mend the typo")))?.taskId ?? "";
  const ended = (taskId: string) =>
    eventually(`task ${taskId} to end`, async () => {
      const task = await parts.store.tasks.find(taskId);
      return task?.finishedAt ? task : null;
    });
  return { world, parts, ask, ended };
}

test("a webhook of before a rename of the repository and its owner is worked on under the new name", async () => {
  const { world, ask, ended } = await startServerOn([700]);
  const { github } = world.local;
  // The token, too, is of before the rename.
  await ended(await ask(700));
  world.local.rename(renamed);
  const task = await ended(await ask(700));
  expect(task).toMatchObject({ status: "succeeded", attempt: 1, repository: { path } });
  expect(github.pullRequests.map(({ repository }) => repository)).toEqual([path, path]);
  expect(github.comments).toMatchObject([
    { repository: path, body: expect.stringContaining("is done") },
    { repository: path, body: expect.stringContaining("is done") },
  ]);
  expect(await world.local.findBranch(`agentbot/${task.id}`)).toBe(task.result?.commit);
}, 180_000);

test("a repository that is renamed while the agent works gets its branch, comment and pull request under the new name", async () => {
  const { world, parts, ask, ended } = await startServerOn([701]);
  parts.events.on("stage:started", ({ stage }) => {
    if (stage === "checkpoint" && world.local.github.requests.every(({ status }) => status !== 301)) {
      world.local.rename(renamed);
    }
  });
  const task = await ended(await ask(701));
  expect(task).toMatchObject({ status: "succeeded", repository: { path } });
  expect(world.agentRuns().filter((line) => line.startsWith("begin"))).toHaveLength(1);
  const { github } = world.local;
  expect(github.pullRequests).toMatchObject([{ repository: path, head: `agentbot/${task.id}` }]);
  expect(github.comments).toMatchObject([{ repository: path, body: expect.stringContaining("is done") }]);
}, 180_000);

describe("the default branch", () => {
  test("that was renamed since the webhook is built on under its new name, by the thread's next task too", async () => {
    const { world, ask, ended } = await startServerOn([702]);
    world.local.renameDefaultBranch("trunk");
    for (const nth of [1, 2]) {
      const task = await ended(await ask(702));
      expect(task).toMatchObject({ status: "succeeded", attempt: 1, repository: { defaultBranch: "trunk" } });
      expect(world.local.github.pullRequests.map(({ base }) => base)).toEqual(Array(nth).fill("trunk"));
    }
  }, 180_000);

  test("that is renamed while the agent works gets the pull request under its new name", async () => {
    const { world, parts, ask, ended } = await startServerOn([703]);
    parts.events.on("stage:started", ({ stage }) => {
      if (stage === "run-agent") world.local.renameDefaultBranch("trunk");
    });
    const task = await ended(await ask(703));
    expect(task).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(world.local.github.pullRequests).toMatchObject([{ base: "trunk", head: `agentbot/${task.id}` }]);
    expect(world.agentRuns().filter((line) => line.startsWith("begin"))).toHaveLength(1);
  }, 180_000);
});
