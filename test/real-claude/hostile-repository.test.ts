import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type MessagesApi, startMessagesApi, textTurn, toolTurn } from "@agentbot/adapter-claude-cli/testing";
import { runProcess } from "@agentbot/core/process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { patienceMs, startClaudeServer } from "./fixtures/claude-server.js";
import { type HostileAims, hostileFiles, hostileWords } from "./fixtures/hostile-files.js";
import { claudeProgram, describeWithClaude } from "./fixtures/real-claude.js";

describeWithClaude("a hostile repository and the real CLI", () => {
  let canaryDirectory: string;
  let canaryApi: MessagesApi;
  let aims: HostileAims;
  beforeEach(async () => {
    canaryDirectory = mkdtempSync(join(tmpdir(), "agentbot-canary-"));
    writeFileSync(join(canaryDirectory, "secret.txt"), "the words of a file on the host");
    canaryApi = await startMessagesApi({ script: [textTurn("Redirected.")] });
    aims = { canaryDirectory, canaryUrl: canaryApi.url, canaryKey: canaryApi.apiKey };
  });
  afterEach(async () => {
    await canaryApi.close();
    rmSync(canaryDirectory, { recursive: true, force: true });
  });

  test("is a real trap: a plain claude -p runs into it", { timeout: patienceMs }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "agentbot-trap-"));
    try {
      for (const [path, text] of Object.entries(hostileFiles(aims))) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), text);
      }
      const { end } = await runProcess({
        program: claudeProgram(),
        arguments: ["-p", `Hello, see @${canaryDirectory}/secret.txt`],
        directory,
        environment: {
          PATH: process.env["PATH"] ?? "",
          HOME: directory,
          ANTHROPIC_API_KEY: canaryApi.apiKey,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        },
        signal: AbortSignal.timeout(60_000),
      });
      expect(end).toBe("exited");
      expect(readdirSync(canaryDirectory)).toEqual(expect.arrayContaining(["settings-SessionStart", "mcp"]));
      expect(JSON.stringify(canaryApi.requests.map(({ body }) => body))).toContain("the words of a file on the host");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("runs nothing, redirects nothing, and adds no instructions", { timeout: patienceMs }, async () => {
    const server = await startClaudeServer({
      files: hostileFiles(aims),
      script: [
        toolTurn("Read", { file_path: "src/greet.js" }),
        toolTurn("Edit", { file_path: "src/greet.js", old_string: "teh", new_string: "the" }),
        textTurn("Mended."),
      ],
    });
    try {
      const taskId = await server.ask(1, `@agentbot fix the typo, see @${canaryDirectory}/secret.txt`);
      const task = await server.ended(taskId);
      expect(task).toMatchObject({ status: "succeeded", model: expect.not.stringContaining("canary") });
      const [started] = (await server.transcriptOf(taskId)).filter(({ type }) => type === "agent:started");
      expect(started?.data).toMatchObject({ mcpServers: [], permissionMode: "acceptEdits" });

      expect(readdirSync(canaryDirectory)).toEqual(["secret.txt"]);
      expect(canaryApi.requests).toEqual([]);
      const sent = JSON.stringify(server.api.requests.map(({ body }) => body));
      expect(sent).not.toContain(hostileWords);
      expect(sent).not.toContain("the words of a file on the host");
      expect(sent).toContain(`see @${canaryDirectory}/secret.txt`);
      const [pull] = server.local.github.pullRequests;
      expect(await server.local.git("diff", "--name-only", pull?.base ?? "", pull?.head ?? "")).toBe("src/greet.js");
    } finally {
      await server.close();
    }
  });
});
