import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const issueNumber = 740;
const hidden = [
  "<!-- HIDDEN -->",
  "[//]: # (HIDDEN)",
  "![HIDDEN](https://x.example/a.png 'HIDDEN')",
  '[a link](https://x.example "HIDDEN")',
  "<b title='HIDDEN'>bold</b> <img alt=HIDDEN> <x-HIDDEN>",
  "<details><summary>A log</summary>\n\nHIDDEN\n\n</details>",
  "[^1]: HIDDEN",
  "<div hidden>\n\nHIDDEN\n\n</div>",
].join("\n\n");

test("no text that a page hides reaches the agent: of the issue, of a comment before, and of the request", async () => {
  const cleanup = createCleanupStack();
  onTestFinished(() => cleanup.run());
  const world = await startWorld([issueNumber]);
  cleanup.push(() => world.close());
  const program = join(world.agentDirectory, "reading-agent.mjs");
  copyFileSync(here("./fixtures/reading-agent.mjs"), program);
  chmodSync(program, 0o755);
  const parsed = parseEnvironment({ ...world.environment, CLAUDE_BIN: program });
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const adapters = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, adapters);
  cleanup.push(() => server.stop());
  const user = { id: 9, login: "mallory" };
  const earlier = new Date(Date.now() - 60_000);
  const place = { repository: "Codertocat/Hello-World", issueNumber, createdAt: earlier, updatedAt: earlier };
  world.local.github.addComment({ ...place, body: `A comment that is seen\n\n${hidden}`, user });
  const payload = commentOn(issueNumber, `@agentbot mend the typo\n\n${hidden}\n\nand nothing else`);
  const issue = { ...payload.issue, body: `An issue that is seen\n\n${hidden}` };
  const taskId = (await deliver(server.url, { ...payload, issue }))?.taskId ?? "";
  await eventually("the task to end", async () => (await adapters.store.tasks.find(taskId))?.finishedAt ?? null);
  const prompt = readFileSync(join(world.agentDirectory, "prompt.txt"), "utf8");
  for (const seen of [
    "A comment that is seen",
    "An issue that is seen",
    "mend the typo",
    "and nothing else",
    "A log",
  ]) {
    expect(prompt).toContain(seen);
  }
  expect(prompt).not.toContain("HIDDEN");
});
