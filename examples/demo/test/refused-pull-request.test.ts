import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { expect, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

const refusals = [
  {
    name: "since its base is not valid",
    status: 422,
    headers: {},
    body: { message: "Validation Failed", errors: [{ resource: "PullRequest", field: "base", code: "invalid" }] },
    reason: "provider_rejected",
    sentence: "The provider refused the bot's request: Validation Failed: base: invalid.",
  },
  {
    name: "since the App lacks the permission",
    status: 403,
    headers: { "x-accepted-github-permissions": "pull_requests=write" },
    body: { message: "Resource not accessible by integration" },
    reason: "permission_missing:pull_requests=write",
    sentence: "The bot lacks the permission pull\\_requests=write at the provider",
  },
] as const;

test.each(refusals)(
  "a pull request that is refused $name ends its task at once, and its branch is named and linked",
  async ({ status, headers, body, reason, sentence }) => {
    const world = await startWorld([950]);
    const { github } = world.local;
    const parsed = parseEnvironment(world.environment);
    if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
    const logger = pino({ level: "silent" });
    const parts = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
    const server = await startServer(parsed.environment, parts);
    try {
      github.fail({ method: "POST", path: /\/pulls$/, status, headers, body, times: 100 });
      const taskId = (await deliver(server.url, commentOn(950, "@agentbot mend the typo")))?.taskId ?? "";
      const task = await eventually("the task to end", async () => {
        const found = await parts.store.tasks.find(taskId);
        return found?.finishedAt ? found : null;
      });
      expect(task).toMatchObject({ status: "failed", reason, attempt: 1 });
      const branch = `agentbot/${taskId}`;
      expect(await world.local.findBranch(branch)).not.toBeNull();
      const [{ body: shown } = { body: "" }] = github.comments;
      expect(shown).toContain(sentence);
      expect(shown).toContain(`The change is in the branch [${branch}](${github.url}/Codertocat/Hello-World/tree/`);
      expect(world.agentRuns().filter((line) => line.startsWith("begin"))).toHaveLength(1);
    } finally {
      await server.stop();
      await world.close();
    }
  },
  180_000,
);
