import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { pino } from "pino";
import { expect, test } from "vitest";
import { type Payload, recorded } from "../../server/test/fixtures/github-payloads.js";
import { demoWebhookSecret } from "../src/index.js";
import { startWorld } from "./fixtures/start-world.js";

const bot = { id: 777, login: "helper[bot]", type: "Bot" } as const;
const agentbot = { id: 41_898_282, login: "agentbot[bot]", type: "Bot" };

/** An event that the bot causes now. */
function event(name: string, action: string, changes: Payload): readonly [name: string, payload: Payload] {
  const at = new Date().toISOString();
  const payload: Payload = { ...recorded(name, action), sender: bot, installation: { id: 1 } };
  for (const [key, change] of Object.entries(changes)) {
    const written = { created_at: at, updated_at: at, submitted_at: at, user: bot, performed_via_github_app: null };
    payload[key] = { ...(payload[key] as object | undefined), ...written, ...(change as object) };
  }
  return [name, payload];
}

test("a bot of GITHUB_ALLOWED_BOT_IDS is let in by every trigger and command, and its permission is never looked up", async () => {
  const issues = [700, 701, 702, 703] as const;
  const world = await startWorld(issues, { GITHUB_ALLOWED_BOT_IDS: String(bot.id) });
  const { github } = world.local;
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const adapters = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, adapters);
  const deliver = async (name: string, payload: Payload): Promise<Readonly<Record<string, string>>> => {
    const webhook = webhookRequest({ event: name, payload, secret: demoWebhookSecret });
    const response = await fetch(`${server.url}/webhooks/github`, webhook);
    return (await response.json()) as Record<string, string>;
  };
  const master = { repository: "Codertocat/Hello-World", head: "master", base: "master", user: bot };
  const headCommit = (await world.local.findBranch("master")) ?? "";
  const [reviewed, commented, requested] = [1, 2, 3].map(
    (nth) => github.addPullRequest({ ...master, title: `Change ${nth}`, headCommit }).number,
  );
  const words = "@agentbot mend the typo";
  try {
    for (const [name, payload] of [
      event("issue_comment", "created", { issue: { number: issues[0] }, comment: { id: 1, body: words } }),
      event("issues", "opened", { issue: { number: issues[1], body: words } }),
      event("issues", "labeled", { issue: { number: issues[2] }, label: { name: "agentbot" } }),
      event("issues", "assigned", { issue: { number: issues[3] }, assignee: agentbot }),
      event("pull_request_review", "submitted", { pull_request: { number: reviewed }, review: { id: 2, body: words } }),
      event("pull_request_review_comment", "created", {
        pull_request: { number: commented },
        comment: { id: 3, body: words },
      }),
      event("pull_request", "review_requested", {
        pull_request: { number: requested },
        requested_reviewer: agentbot,
      }),
    ]) {
      const { status, taskId = "" } = await deliver(name, payload);
      expect([name, payload["action"], status]).toEqual([name, payload["action"], "accepted"]);
      const task = await eventually(`the task of ${name} to end`, async () => {
        const found = await adapters.store.tasks.find(taskId);
        return found?.finishedAt ? found : null;
      });
      expect(task).toMatchObject({ status: "succeeded", reason: null, actor: { id: "777" }, isPreauthorized: true });
    }
    for (const [nth, name] of ["stop", "retry", "status", "help", "resume"].entries()) {
      const before = github.comments.length;
      const comment = { id: 10 + nth, body: `@agentbot ${name}` };
      const answer = await deliver(...event("issue_comment", "created", { issue: { number: issues[0] }, comment }));
      expect(answer["status"]).toBe("accepted");
      await eventually(`the answer to ${name}`, () => github.comments.length > before || null);
    }
    expect(github.requests.filter(({ path }) => path.includes("/collaborators/"))).toEqual([]);
  } finally {
    await server.stop();
    await world.close();
  }
}, 180_000);
