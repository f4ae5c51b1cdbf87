import type { AgentJob } from "@agentbot/core";
import { createAgentJobFixture } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { argumentsOf, environmentOf, settingsOf, standardInputOf } from "../src/claude-command.js";
import { claudeRunnerOptionsSchema } from "../src/claude-runner-options.js";

const parse = (options: object) => claudeRunnerOptionsSchema.parse({ program: "claude", environment: {}, ...options });
const noServers = { mcpConfigFile: null };
const noJob = { sessionId: null, budgetUsd: null };

async function jobWith(overrides: Partial<AgentJob>): Promise<AgentJob> {
  const { job, dispose } = await createAgentJobFixture(overrides);
  await dispose();
  return job;
}

describe("the arguments", () => {
  test("make a headless run that excludes the repository's settings and servers", () => {
    expect(argumentsOf(parse({}), noJob, noServers)).toEqual([
      "-p",
      "--output-format=stream-json",
      "--verbose",
      "--setting-sources=user",
      "--strict-mcp-config",
      "--permission-mode=acceptEdits",
    ]);
  });

  test("have every option and the job's limits", () => {
    const settings = parse({
      programArguments: ["cli.js"],
      model: "opus",
      maxTurns: 30,
      permissionMode: "dontAsk",
      allowedTools: ["Bash(git status:*)", "Edit"],
      mcpServers: { graph: { command: "graph", args: ["--stdio"] } },
    });
    const session = "5a157df4-e057-4a4b-a849-2dbdef4d3a1f";
    const words = argumentsOf(
      settings,
      { sessionId: session, budgetUsd: 2.5 },
      { mcpConfigFile: "/home/agent/.claude/mcp-servers.json" },
    );
    expect(words[0]).toBe("cli.js");
    expect(words).toEqual(
      expect.arrayContaining([
        "--permission-mode=dontAsk",
        "--mcp-config=/home/agent/.claude/mcp-servers.json",
        "--model=opus",
        "--max-turns=30",
        "--max-budget-usd=2.5",
        `--resume=${session}`,
        "--allowedTools=Bash(git status:*)",
        "--allowedTools=Edit",
      ]),
    );
  });

  test("have no separate value, so that no flag can swallow its neighbor", () => {
    const settings = parse({ model: "opus", allowedTools: ["Bash", "Edit"], maxTurns: 1 });
    for (const word of argumentsOf(settings, { ...noJob, budgetUsd: 1 }, noServers)) expect(word).toMatch(/^-/);
  });

  test("leave the prompt to standard input, where it is neither a slash command nor empty", () => {
    expect(standardInputOf({ prompt: "/help me" })).toMatch(/^[^/].*\n\n\/help me\n$/s);
    expect(standardInputOf({ prompt: "" }).trim()).not.toBe("");
  });
});

describe("a job's options", () => {
  const runner = parse({
    apiKey: "runner-key",
    baseUrl: "https://runner.example",
    model: "opus",
    allowedTools: ["Edit"],
    mcpServers: { docs: { command: "docs" }, graph: { command: "old-graph" } },
  });

  test("leave the runner's where the job has none", async () => {
    expect(settingsOf(runner, await jobWith({}))).toEqual(runner);
  });

  test("replace the runner's model, tools and endpoint, and add MCP servers", async () => {
    const job = await jobWith({
      model: "haiku",
      allowedTools: ["Read"],
      mcpServers: [{ name: "graph", program: "graph", arguments: ["--stdio"], environment: { DB: "/cache" } }],
      endpoint: { baseUrl: "http://127.0.0.1:9", apiKey: "job-key" },
    });
    expect(settingsOf(runner, job)).toEqual({
      ...runner,
      model: "haiku",
      allowedTools: ["Read"],
      mcpServers: { docs: { command: "docs" }, graph: { command: "graph", args: ["--stdio"], env: { DB: "/cache" } } },
      apiKey: "job-key",
      baseUrl: "http://127.0.0.1:9",
    });
  });

  test("keep the runner's key from an endpoint that needs none", async () => {
    const job = await jobWith({ endpoint: { baseUrl: "http://127.0.0.1:9", apiKey: null } });
    const home = { directory: "/h", configDirectory: "/h/.claude", temporaryDirectory: "/h/tmp", mcpConfigFile: null };
    const environment = environmentOf(settingsOf(runner, job), home);
    expect(environment).toMatchObject({ ANTHROPIC_BASE_URL: "http://127.0.0.1:9" });
    expect(environment).not.toHaveProperty("ANTHROPIC_API_KEY");
  });

  test("withdraw the runner's tools by an empty list", async () => {
    expect(settingsOf(runner, await jobWith({ allowedTools: [] })).allowedTools).toEqual([]);
  });
});
