import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AgentBotError,
  type AgentJob,
  type AgentRunContext,
  createSilentLogger,
  type Launch,
  type LaunchRequest,
} from "@agentbot/core";
import { createAgentJobFixture, launchFor } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClaudeRunner } from "../src/index.js";
import { fixtureOptions, runFixture, runSpeech } from "./run-fixture.js";
import { init, result } from "./speech.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agentbot-claude-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const contextFor = (job: AgentJob): AgentRunContext => ({
  signal: new AbortController().signal,
  onEvent: () => {},
  launch: launchFor(job),
});

/** Runs the fake CLI and returns its arguments, input and environment. */
async function report(options: object = {}, job: Partial<AgentJob> = {}, launch?: Launch) {
  const path = join(directory, "report.json");
  const run = { environment: { SCENARIO: "edits", REPORT: path }, options, job, ...(launch && { launch }) };
  const { outcome } = await runFixture("scripted-claude", run);
  expect(outcome.status).toBe("succeeded");
  return JSON.parse(await readFile(path, "utf8"));
}

describe("a runner without a credential", () => {
  const warningsOf = (options: object): readonly string[] => {
    const warnings: string[] = [];
    const logger = { ...createSilentLogger(), warn: (_: object, message: string) => void warnings.push(message) };
    createClaudeRunner({ program: "claude", environment: {}, ...options, logger });
    return warnings;
  };

  test("is named in the log when it is made", () => {
    const message = "The agent has no credential: set the option 'apiKey' of createClaudeRunner";
    expect(warningsOf({})).toEqual([message]);
    expect(warningsOf({ environment: { ANTHROPIC_AUTH_TOKEN: "" } })).toEqual([message]);
  });

  test.each([
    { apiKey: "key-number-1" },
    { environment: { CLAUDE_CODE_OAUTH_TOKEN: "token" } },
    { environment: { CLAUDE_CODE_USE_BEDROCK: "1" } },
  ])("is not meant by %j", (options) => {
    expect(warningsOf(options)).toEqual([]);
  });

  test("is refused where the key is empty, as that of a variable that is not set", () => {
    const make = () => createClaudeRunner({ program: "claude", environment: {}, apiKey: "" });
    expect(make).toThrow("createClaudeRunner: apiKey: must not be empty: set it to a key of the Messages API");
  });
});

test.each(["x", "a key\n", "a-key-of-a-file\n"])("a key that could not be one is refused: %j", (apiKey) => {
  const make = () => createClaudeRunner({ program: "claude", environment: {}, apiKey });
  expect(make).toThrow("createClaudeRunner: apiKey: has less than 8 characters, or white space");
});

describe("the CLI gets", () => {
  test("the prompt on its standard input, not on its command line", async () => {
    const { prompt, flags } = await report({}, { prompt: "/compact the é code" });
    expect(prompt).toContain("/compact the é code");
    expect(flags.join(" ")).not.toContain("compact");
  });

  test("only the configured environment, with a home of its own", async () => {
    const { job, dispose } = await createAgentJobFixture();
    const { environment } = await report({ apiKey: "key-number-1", baseUrl: "http://127.0.0.1:1/base" }, { ...job });
    await dispose();
    expect(environment).toEqual({
      PATH: "/usr/bin:/bin",
      SCENARIO: "edits",
      REPORT: join(directory, "report.json"),
      HOME: job.home.directory,
      TMPDIR: join(job.home.directory, "tmp"),
      CLAUDE_CONFIG_DIR: join(job.home.directory, ".claude"),
      ANTHROPIC_API_KEY: "key-number-1",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:1/base",
      CLAUDE_CODE_DISABLE_ATTACHMENTS: "1",
      CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "4",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_TELEMETRY: "1",
      AGENTBOT_PROCESS: expect.any(String),
    });
  });

  test("paths of its home as the agent sees them, while the home is prepared on the host", async () => {
    const launched: LaunchRequest[] = [];
    const { job, dispose } = await createAgentJobFixture();
    const home = { hostDirectory: job.home.hostDirectory, directory: "/home/agent" };
    const launch: Launch = async (request) => {
      launched.push(request);
      expect(await readdir(home.hostDirectory)).toEqual([".claude", "tmp"]);
      return await launchFor(job)({ ...request, environment: { ...request.environment, ...inside } });
    };
    const inside = { CLAUDE_CONFIG_DIR: join(home.hostDirectory, ".claude") };
    await report({}, { ...job, home }, launch);
    await dispose();
    expect(launched[0]?.environment).toMatchObject({
      HOME: "/home/agent",
      TMPDIR: "/home/agent/tmp",
      CLAUDE_CONFIG_DIR: "/home/agent/.claude",
    });
  });
});

describe("a run is ended that has", () => {
  const forever = { waitMs: 3_600_000 };
  test.each([
    ["rights that are not configured", { permissionMode: "bypassPermissions" }, "bypassPermissions"],
    [
      "a server of the repository",
      { mcp_servers: [{ name: "evil", status: "connected", source: "project" }] },
      "'evil'",
    ],
    [
      "a server of an older CLI, which does not report the source",
      { mcp_servers: [{ name: "evil", status: "connected" }] },
      "'evil'",
    ],
  ])("%s", async (_, difference, word) => {
    const { outcome } = await runSpeech([init(difference), forever, result()]);
    expect(outcome).toMatchObject({ reason: "agent_misconfigured", isRetryable: false });
    expect(outcome.summary).toContain(word);
  });

  test("but not for configured rights and servers", async () => {
    const difference = { permissionMode: "bypassPermissions", mcp_servers: [{ name: "graph", status: "failed" }] };
    const options = { permissionMode: "bypassPermissions" as const, mcpServers: { graph: { command: "graph" } } };
    const { outcome } = await runSpeech([init(difference), result()], { options });
    expect(outcome.status).toBe("succeeded");
  });
});

describe("a program that can't be started is an error, since the task is not its cause", () => {
  const codeOf = async (program: string): Promise<unknown> => {
    const { job, dispose } = await createAgentJobFixture();
    const error = await createClaudeRunner({ program, environment: {} })
      .run(job, contextFor(job))
      .catch((thrown: unknown) => thrown);
    await dispose();
    return AgentBotError.isInstance(error) ? error.code : error;
  };

  test("a missing one", async () => {
    expect(await codeOf(join(directory, "claude"))).toBe("AGENT_UNAVAILABLE");
  });

  test("one that may not be executed", async () => {
    await writeFile(join(directory, "claude"), "text", { mode: 0o644 });
    expect(await codeOf(join(directory, "claude"))).toBe("AGENT_UNAVAILABLE");
  });

  test("a missing work tree is not mistaken for a missing program", async () => {
    const { job, dispose } = await createAgentJobFixture();
    const moved = { ...job, directory: join(directory, "gone") };
    const run = createClaudeRunner(fixtureOptions("speak")).run(moved, contextFor(moved));
    await expect(run).rejects.toMatchObject({ code: "PROCESS_FAILED" });
    await dispose();
  });
});

test("all wrong options are named at once", () => {
  const options = { program: "", environment: {}, maxTurns: 0, permissionMode: "yolo", apikey: "k" };
  expect(() => createClaudeRunner(options as never)).toThrow(
    /createClaudeRunner: .*program.*maxTurns.*permissionMode|apikey/s,
  );
});

test("files that an earlier run left in the home can't steer the next one, and its session stays", async () => {
  const { job: fresh, dispose } = await createAgentJobFixture();
  const sessionId = "0b0c3d2e-1111-4222-8333-444455556666";
  const job = { ...fresh, sessionId };
  const config = join(job.home.hostDirectory, ".claude");
  await mkdir(join(config, "projects", "tree"), { recursive: true });
  await mkdir(join(config, "commands"));
  await writeFile(join(config, "settings.json"), '{"hooks":{}}');
  await writeFile(join(config, "projects", "tree", `${sessionId}.jsonl`), "{}");
  await writeFile(join(job.home.hostDirectory, ".claude.json"), "{}");
  const list = `require("node:fs").readdirSync(process.env.CLAUDE_CONFIG_DIR, { recursive: true }).sort()`;
  const script = `console.error(JSON.stringify([${list}, require("node:fs").readdirSync(process.env.HOME).sort()])); process.exit(1)`;
  const runner = createClaudeRunner({
    program: process.execPath,
    programArguments: ["-e", script, "--"],
    environment: {},
  });
  const { summary } = await runner.run(job, contextFor(job));
  expect(JSON.parse(summary)).toEqual([
    ["projects", "projects/tree", `projects/tree/${sessionId}.jsonl`],
    [".claude", "tmp"],
  ]);
  await dispose();
});

test("an error of the listener is a bug and is thrown, with nothing left running", async () => {
  const broken = new Error("broken listener");
  const onEvent = (): never => {
    throw broken;
  };
  await expect(runSpeech([init(), { waitMs: 3_600_000 }], { onEvent })).rejects.toBe(broken);
});
