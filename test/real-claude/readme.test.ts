import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { textTurn, toolTurn } from "@agentbot/adapter-claude-cli/testing";
import { eventually } from "@agentbot/core/testing";
import { findFreePort } from "@agentbot/test-services";
import { expect, onTestFinished, test } from "vitest";
import { createUserProject, firstCodeOf, root } from "../packages/fixtures/packed-packages.js";
import { patienceMs } from "./fixtures/claude-server.js";
import { askBy, startClaudeWorld } from "./fixtures/claude-world.js";
import { claudeProgram, describeWithClaude } from "./fixtures/real-claude.js";

/** The addresses of GitHub and of the Messages API, which the README leaves at their defaults. */
const addresses: readonly (readonly [from: string, to: string])[] = [
  ["webhookSecret, logger })", "webhookSecret, logger, url: env.GITHUB_URL, apiUrl: env.GITHUB_API_URL })"],
  ["apiKey, logger })", "apiKey, logger, baseUrl: env.ANTHROPIC_BASE_URL })"],
  ['".agentbot/workspaces", logger })', '".agentbot/workspaces", logger, allowHttp: true })'],
];

describeWithClaude("the bot of the README, installed from tarballs", () => {
  test("takes a mention to a pull request with the real CLI", { timeout: patienceMs }, async () => {
    const world = await startClaudeWorld({
      script: [
        toolTurn("Read", { file_path: "README.md" }),
        toolTurn("Edit", { file_path: "README.md", old_string: "teh", new_string: "the" }),
        textTurn("Mended by the model."),
      ],
    });
    onTestFinished(() => world.close());
    const project = createUserProject();
    onTestFinished(() => project.dispose());
    mkdirSync(join(project.directory, "bin"));
    symlinkSync(resolve(claudeProgram()), join(project.directory, "bin/claude"));

    let code = `const { env } = process;\n${firstCodeOf(readFileSync(join(root, "README.md"), "utf8"))}`;
    for (const [from, to] of addresses) {
      expect(code.split(from)).toHaveLength(2);
      code = code.replace(from, to);
    }
    const port = await findFreePort();
    const PATH = [join(project.directory, "bin"), world.environment["PATH"]].join(delimiter);
    const bot = spawn(process.execPath, [project.writeModule("bot.js", code)], {
      cwd: project.directory,
      env: { ...world.environment, PATH, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void bot.kill("SIGKILL"));
    const ended = once(bot, "exit");
    const said: string[] = [];
    for (const stream of [bot.stdout, bot.stderr]) stream.on("data", (chunk) => said.push(String(chunk)));
    const url = `http://127.0.0.1:${port}`;
    await eventually("the bot to be ready", async () => {
      expect([bot.exitCode, ...said]).toEqual([null, ...said]);
      return (await fetch(`${url}/readyz`).catch(() => null))?.ok || null;
    });

    const taskId = await askBy(url, 1, "@agentbot fix the typo");
    const { comments, pullRequests } = world.local.github;
    const done = () => comments.find(({ body }) => body.includes("is done") && body.includes(taskId)) ?? null;
    await eventually("the comment that says it is done", done, { timeoutMs: patienceMs / 2 });
    expect(pullRequests.map(({ head }) => head)).toEqual([`agentbot/${taskId}`]);
    bot.kill("SIGTERM");
    expect([await ended, ...said]).toEqual([[0, null], ...said]);
    for (const secret of [world.api.apiKey, "PRIVATE KEY"]) expect(said.join("")).not.toContain(secret);
  });
});
