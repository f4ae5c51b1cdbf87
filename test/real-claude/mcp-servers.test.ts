import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { startMessagesApi, textTurn } from "@agentbot/adapter-claude-cli/testing";
import type { AgentEvent } from "@agentbot/core";
import { createAgentJobFixture, launchFor } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { claudeProgram, describeWithClaude } from "./fixtures/real-claude.js";

/** A server of the Model Context Protocol that ends at once, and leaves the arguments of the CLI that started it. */
const server = `const { readFileSync, writeFileSync } = require("node:fs");
writeFileSync(process.env.MARK, readFileSync("/proc/" + process.ppid + "/cmdline", "utf8"));`;

describeWithClaude("an MCP server of the runner and the real CLI", () => {
  test("is started from a file, and its key is in no argument", { timeout: 120_000 }, async () => {
    const api = await startMessagesApi({ script: [textTurn("Done.")] });
    const { job, dispose } = await createAgentJobFixture();
    const mark = join(job.home.hostDirectory, "..", "mcp-was-started");
    const events: AgentEvent[] = [];
    try {
      const environment = { MARK: mark, SERVER_KEY: "a-key-that-no-argument-may-hold" };
      const runner = createClaudeRunner({
        program: claudeProgram(),
        environment: { PATH: process.env["PATH"] ?? "" },
        ...{ apiKey: api.apiKey, baseUrl: api.url },
        mcpServers: { marked: { command: process.execPath, args: ["-e", server], env: environment } },
      });
      const outcome = await runner.run(job, {
        signal: AbortSignal.timeout(100_000),
        launch: launchFor(job),
        onEvent: (event) => void events.push(event),
      });
      expect(outcome.status).toBe("succeeded");
      expect(JSON.stringify(events[0]?.data)).toContain("marked");
      expect(existsSync(mark)).toBe(true);
      const words = readFileSync(mark, "utf8");
      expect(words).toContain("--mcp-config=");
      expect(words).not.toContain("a-key-that-no-argument-may-hold");
    } finally {
      await dispose();
      await api.close();
    }
  });
});
