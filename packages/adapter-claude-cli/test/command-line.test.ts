import { createNoSandbox } from "@agentbot/core";
import { describe, expect, test } from "vitest";
import { claudeRunnerOptionsSchema } from "../src/claude-runner-options.js";
import { commandLine, standardInput } from "../src/command-line.js";

const settingsOf = (options: object) =>
  claudeRunnerOptionsSchema.parse({ program: "claude", sandbox: createNoSandbox(), environment: {}, ...options });
const noJob = { sessionId: null, budgetUsd: null };

describe("the command line", () => {
  test("says headless, excludes the repository's settings and servers, and no more than asked", () => {
    expect(commandLine(settingsOf({}), noJob)).toEqual([
      "-p",
      "--output-format=stream-json",
      "--verbose",
      "--setting-sources=user",
      "--strict-mcp-config",
      "--permission-mode=acceptEdits",
    ]);
  });

  test("carries every option and the job's limits", () => {
    const settings = settingsOf({
      programArguments: ["cli.js"],
      model: "opus",
      maxTurns: 30,
      permissionMode: "dontAsk",
      allowedTools: ["Bash(git status:*)", "Edit"],
      mcpServers: { graph: { command: "graph", args: ["--stdio"] } },
    });
    const session = "5a157df4-e057-4a4b-a849-2dbdef4d3a1f";
    const words = commandLine(settings, { sessionId: session, budgetUsd: 2.5 });
    expect(words[0]).toBe("cli.js");
    expect(words).toEqual(
      expect.arrayContaining([
        "--permission-mode=dontAsk",
        '--mcp-config={"mcpServers":{"graph":{"command":"graph","args":["--stdio"]}}}',
        "--model=opus",
        "--max-turns=30",
        "--max-budget-usd=2.5",
        `--resume=${session}`,
        "--allowedTools=Bash(git status:*)",
        "--allowedTools=Edit",
      ]),
    );
  });

  test("no value stands alone, so that no flag can swallow its neighbour", () => {
    const settings = settingsOf({ model: "opus", allowedTools: ["Bash", "Edit"], maxTurns: 1 });
    for (const word of commandLine(settings, { ...noJob, budgetUsd: 1 })) expect(word).toMatch(/^-/);
  });

  test("the prompt is never a slash command and never empty", () => {
    expect(standardInput("/help me")).toMatch(/^[^/].*\n\n\/help me\n$/s);
    expect(standardInput("").trim()).not.toBe("");
  });
});
