import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { startMessagesApi, textTurn, toolTurn } from "@agentbot/adapter-claude-cli/testing";
import { runProcess } from "@agentbot/core/process";
import { expect, test } from "vitest";
import { patienceMs } from "./fixtures/claude-server.js";
import { claudeProgram, describeWithClaude } from "./fixtures/real-claude.js";

const demo = fileURLToPath(new URL("../../examples/demo/dist/main.js", import.meta.url));

describeWithClaude("the demo", () => {
  test("uses the real CLI if claude and a key are present", { timeout: patienceMs }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "agentbot-demo-path-"));
    symlinkSync(resolve(claudeProgram()), join(directory, "claude"));
    const api = await startMessagesApi({
      script: [
        toolTurn("Read", { file_path: "README.md" }),
        toolTurn("Edit", { file_path: "README.md", old_string: "teh", new_string: "the" }),
        textTurn("Mended by the model."),
      ],
    });
    try {
      const lines: string[] = [];
      const { exitCode, stderrTail } = await runProcess({
        program: process.execPath,
        arguments: [demo],
        directory,
        environment: {
          PATH: [directory, process.env["PATH"]].join(delimiter),
          ANTHROPIC_API_KEY: api.apiKey,
          ANTHROPIC_BASE_URL: api.url,
        },
        signal: AbortSignal.timeout(patienceMs),
        onLine: (line) => void lines.push(line),
      });
      expect(exitCode, `${lines.join("\n")}${stderrTail}`).toBe(0);
      expect(lines.join("\n")).toContain(`agent ${join(directory, "claude")}`);
      expect(lines).toContain("Mended by the model.");
      expect(lines).toContain("+This is the repository that every tutorial starts with.");
      expect(lines.join("\n")).not.toContain(api.apiKey);
      expect(api.requests.filter(({ method }) => method === "POST")).toHaveLength(3);
    } finally {
      await api.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
