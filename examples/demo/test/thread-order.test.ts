import { createSilentLogger } from "@agentbot/core";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { expect, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

test("mentions on one issue never run at once and run in order, while other issues go on beside them", async () => {
  const world = await startWorld([201, 202], { WORKER_CONCURRENCY: "4" });
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const parts = await composeAdapters(parsed.environment, {
    logger: createSilentLogger(),
    hostEnvironment: world.environment,
  });
  const happened: string[] = [];
  const running = new Set<string>();
  let mostAtOnce = 0;
  parts.events.on("task:begun", ({ task }) => {
    happened.push(`begun ${task.id}`);
    running.add(task.id);
    mostAtOnce = Math.max(mostAtOnce, running.size);
  });
  const mentions = [201, 202, 201, 202, 201, 202];
  const allSettled = new Promise<void>((resolve) => {
    parts.events.on("task:settled", ({ taskId, settlement }) => {
      happened.push(`${settlement.status} ${taskId}`);
      running.delete(taskId);
      if (happened.filter((line) => line.startsWith("succeeded")).length === mentions.length) resolve();
    });
  });
  const server = await startServer(parsed.environment, parts);
  try {
    const accepted = new Map<number, string[]>();
    for (const issueNumber of mentions) {
      const answer = await deliver(server.url, commentOn(issueNumber, "@agentbot fix the typo"));
      accepted.set(issueNumber, [...(accepted.get(issueNumber) ?? []), answer?.taskId ?? ""]);
    }
    await allSettled;
    for (const taskIds of accepted.values()) {
      const ofThread = happened.filter((line) => taskIds.some((taskId) => line.endsWith(taskId)));
      expect(ofThread).toEqual(taskIds.flatMap((taskId) => [`begun ${taskId}`, `succeeded ${taskId}`]));
    }
    expect(mostAtOnce).toBe(2);
    expect(world.local.github.pullRequests).toHaveLength(mentions.length);
  } finally {
    await server.stop();
    await world.close();
  }
});
