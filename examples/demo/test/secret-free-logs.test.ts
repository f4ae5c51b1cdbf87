import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { expect, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

test("the log follows a task by its ids through trouble, and never holds a secret", async () => {
  const apiKey = "canary-api-key-0123456789";
  const world = await startWorld([400], { LOG_LEVEL: "trace", ANTHROPIC_API_KEY: apiKey });
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const lines: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const parts = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, parts);
  const { github } = world.local;
  try {
    github.fail({ path: /access_tokens/, status: 500, body: { message: "a token could not be made" } });
    github.fail({ path: /comments/, method: "POST", status: 502, body: "<html>" });
    github.fail({ path: /info\/refs/, status: 503 });
    const answer = await deliver(server.url, commentOn(400, "@agentbot fix the typo"));
    const taskId = answer?.taskId ?? "";
    const look = async () => (await parts.store.tasks.find(taskId))?.status === "succeeded" || null;
    await eventually("the task to succeed", look);

    const log = lines.join("");
    const ofTask = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line["taskId"] === taskId);
    expect(ofTask.length).toBeGreaterThan(1);
    expect(ofTask.some((line) => line["deliveryId"] && line["requestId"])).toBe(true);
    expect(ofTask.map((line) => line["msg"])).toEqual(expect.arrayContaining(["Task begun", "Task settled"]));
    expect(github.tokens.length).toBeGreaterThan(0);
    const secrets = [
      apiKey,
      world.environment["GITHUB_WEBHOOK_SECRET"] ?? "",
      ...github.tokens.map(({ token }) => token),
      ...github.app.privateKey.split("\n").filter((line) => line.length > 40),
    ];
    for (const secret of secrets) {
      expect(log).not.toContain(secret);
      expect(log).not.toContain(Buffer.from(`x-access-token:${secret}`).toString("base64"));
    }
    expect(log).not.toMatch(/\beyJ[\w-]+\.eyJ/);
  } finally {
    await server.stop();
    await world.close();
  }
});
