import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { expect, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

test("USER_TASKS_PER_HOUR makes the next request of a person wait, with a comment in its thread and without an agent run", async () => {
  const world = await startWorld([600, 601], { USER_TASKS_PER_HOUR: "1" });
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const parts = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, parts);
  try {
    const first = (await deliver(server.url, commentOn(600, "@agentbot mend the typo")))?.taskId ?? "";
    await eventually("the first task to end", async () => (await parts.store.tasks.find(first))?.finishedAt ?? null);
    const second = (await deliver(server.url, commentOn(601, "@agentbot mend the typo")))?.taskId ?? "";
    const parked = await eventually("the second task to be parked", async () => {
      const task = await parts.store.tasks.find(second);
      return task?.reason === "quota" ? task : null;
    });
    expect(parked).toMatchObject({ status: "queued", attempt: 0, notBefore: expect.any(Date) });
    const { comments } = world.local.github;
    const posted = comments.filter(({ body }) => body.includes(`agentbot:task=${second}`));
    expect(posted.map(({ body }) => body.split("\n")[0])).toEqual([
      expect.stringMatching(/^agentbot waits\. Codertocat has requested as many tasks as one person may for now;/),
    ]);
    expect(world.agentRuns().filter((run) => run.startsWith("begin"))).toHaveLength(1);
  } finally {
    await server.stop();
    await world.close();
  }
});
