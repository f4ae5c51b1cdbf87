import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { recorded } from "../../server/test/fixtures/github-payloads.js";
import { demoWebhookSecret } from "../src/index.js";
import { waitingAgent } from "./fixtures/start-fleet.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

const issueNumber = 900;
const repository = "Codertocat/Hello-World";

/** A local GitHub, and the real server with an agent whose first run waits until it is stopped. */
async function startWaiting() {
  const cleanup = createCleanupStack();
  onTestFinished(() => cleanup.run());
  const world = await startWorld([issueNumber, issueNumber + 1]);
  cleanup.push(() => world.close());
  const agent = waitingAgent(world.agentDirectory);
  const parsed = parseEnvironment({ ...world.environment, CLAUDE_BIN: agent.program, LEASE_SECONDS: "3" });
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const { store, ...parts } = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, { store, ...parts });
  cleanup.push(() => server.stop());
  const ask = async (number: number): Promise<string> =>
    (await deliver(server.url, commentOn(number, "@agentbot mend the typo")))?.taskId ?? "";
  const ended = (taskId: string) =>
    eventually(`task ${taskId} to end`, async () => {
      const task = await store.tasks.find(taskId);
      return task?.finishedAt ? task : null;
    });
  return { world, server, agent, ask, ended };
}

test.each(["deleted", "transferred"])(
  "an issue that is %s takes its requests back: the running task is stopped, the waiting one ends, others go on",
  async (action) => {
    const { world, server, agent, ask, ended } = await startWaiting();
    const { github } = world.local;
    const running = await ask(issueNumber);
    await eventually("the agent to run", () => agent.hasBegun() || null);
    const [waiting, other] = [await ask(issueNumber), await ask(issueNumber + 1)];
    github.deleteIssue(repository, issueNumber);
    const payload = recorded("issues", action === "deleted" ? "deleted" : "transferred");
    const issue = { ...(payload["issue"] as object), number: issueNumber };
    const named = { repository: commentOn(issueNumber, "")["repository"], installation: { id: 1 } };
    const webhook = webhookRequest({
      event: "issues",
      payload: { ...payload, issue, ...named },
      secret: demoWebhookSecret,
    });
    const response = await fetch(`${server.url}/webhooks/github`, webhook);
    expect(await response.json()).toEqual({ status: "ignored", reason: "conversation_gone" });
    const gone = { status: "cancelled", reason: "conversation_gone" };
    expect(await ended(waiting)).toMatchObject(gone);
    expect(await ended(running)).toMatchObject(gone);
    expect(await ended(other)).toMatchObject({ status: "succeeded" });
    expect(github.pullRequests).toMatchObject([{ head: `agentbot/${other}` }]);
    expect(github.comments.map((comment) => comment.issueNumber)).toEqual([issueNumber + 1]);
  },
  180_000,
);

test("a request on an issue that was deleted meanwhile ends without an agent run, also without a webhook of it", async () => {
  const { world, agent, ask, ended } = await startWaiting();
  world.local.github.deleteIssue(repository, issueNumber);
  expect(await ended(await ask(issueNumber))).toMatchObject({ status: "cancelled", reason: "conversation_gone" });
  expect(agent.hasBegun()).toBe(false);
  expect(world.local.github.comments).toEqual([]);
}, 180_000);
