import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMessagesApi } from "@agentbot/adapter-claude-cli/testing";
import { type FakeGitHubApp, startFakeGitHub } from "@agentbot/provider-github/testing";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { createDatabase } from "../../../../packages/adapter-postgres/test/fixtures/create-database.js";
import { nowhere, type ServerProcess, startServerProcess } from "../fixtures/server-process.js";
import { privateKey as anotherKey } from "../fixtures/test-server.js";

const directory = mkdtempSync(join(tmpdir(), "agentbot-setup-"));
/** A program that answers `--version` as Claude Code does. */
const program = fileURLToPath(new URL("../../../demo/agent/scripted-agent.mjs", import.meta.url));
const database = await createDatabase();
let api: Awaited<ReturnType<typeof startMessagesApi>>;

beforeAll(async () => {
  api = await startMessagesApi({ script: [] });
});
afterAll(async () => {
  await api.close();
  rmSync(directory, { recursive: true, force: true });
});

async function startGitHub(app: Partial<FakeGitHubApp> = {}) {
  const github = await startFakeGitHub({ app: { id: 12345, slug: "agentbot", ...app }, repositories: [] });
  onTestFinished(() => github.close());
  return github;
}

/** A server that is all right against this GitHub, but for the given variables. */
function startServer(
  github: Awaited<ReturnType<typeof startGitHub>>,
  variables: Readonly<Record<string, string>> = {},
): ServerProcess {
  const server = startServerProcess({
    DATA_DIR: join(directory, "data"),
    AGENT_SANDBOX: "none",
    CLAUDE_BIN: program,
    ANTHROPIC_API_KEY: api.apiKey,
    ANTHROPIC_BASE_URL: api.url,
    GITHUB_APP_ID: "12345",
    GITHUB_PRIVATE_KEY: github.app.privateKey,
    GITHUB_WEBHOOK_SECRET: "a secret of this test only",
    GITHUB_URL: github.url,
    GITHUB_API_URL: github.apiUrl,
    ...variables,
  });
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await server.ended;
  });
  return server;
}

/** The warnings of the start check, once the server listens: one line each. */
async function warningsOf(server: ServerProcess): Promise<readonly string[]> {
  await server.listening;
  return server.logs().flatMap(({ part, level, msg }) => (level === 40 && part ? [`${part}: ${msg}`] : []));
}

describe("a server with everything that it needs", () => {
  test("starts without a warning of its check", async () => {
    expect(await warningsOf(startServer(await startGitHub()))).toEqual([]);
  });
});

describe("a server that cannot do its work", () => {
  test("is refused with every error at once, one sentence each, and no secret", async () => {
    const github = await startGitHub();
    const server = startServer(github, {
      GITHUB_PRIVATE_KEY: anotherKey,
      CLAUDE_BIN: join(directory, "no-such-claude"),
    });
    const { code, stderr } = await server.ended;
    expect(code).toBe(1);
    const [title, ...problems] = stderr.trimEnd().split("\n");
    expect([title, ...problems.toSorted()]).toEqual([
      "agentbot cannot start:",
      expect.stringMatching(
        /^ {2}- claude: .*claude can't be started \(ENOENT\)\. Install Claude Code, or set .*CLAUDE_BIN/,
      ),
      expect.stringMatching(/^ {2}- github: GitHub answered 401 .* Check GITHUB_APP_ID, GITHUB_PRIVATE_KEY/),
    ]);
    for (const secret of [anotherKey, api.apiKey]) expect(stderr).not.toContain(secret);
  });
});

describe("a server that can do a part of its work", () => {
  test("starts, with a line for missing events, for missing permissions and for a missing key", async () => {
    const github = await startGitHub({ events: [], permissions: { contents: "read" } });
    const warnings = await warningsOf(startServer(github, { ANTHROPIC_API_KEY: "" }));
    expect(warnings.toSorted()).toEqual([
      expect.stringMatching(/^claude: The agent has no key, so its tasks fail: set .*ANTHROPIC_API_KEY/),
      expect.stringMatching(/^github: The App is not subscribed to the events issues, issue_comment, .*\/permissions$/),
      expect.stringMatching(/^github: The App may not write contents, issues, pull_requests: /),
    ]);
  });

  test("starts with a key of the agent that is refused, with a line for it: webhooks are recorded meanwhile", async () => {
    const server = startServer(await startGitHub(), { ANTHROPIC_API_KEY: "a-key-of-another-account" });
    expect(await warningsOf(server)).toEqual([
      expect.stringMatching(/^claude: The Messages API at 127\.0\.0\.1:\d+ refuses the agent's key \(401\)/),
    ]);
    expect(JSON.stringify(server.logs())).not.toContain("a-key-of-another-account");
  });

  test("starts while GitHub and the Messages API cannot be reached, with a line for each", async () => {
    const github = await startGitHub();
    const warnings = await warningsOf(
      startServer(github, { GITHUB_API_URL: nowhere, ANTHROPIC_BASE_URL: nowhere, REDIS_URL: inject("redisUrl") }),
    );
    expect(warnings.toSorted()).toEqual([
      expect.stringMatching(/^claude: The Messages API at 127\.0\.0\.1:9 cannot be reached/),
      expect.stringMatching(/^github: GitHub could not be reached/),
    ]);
  });

  test("starts without a sandbox and without a program, with a line for each: no task is claimed until both are there", async () => {
    const github = await startGitHub();
    const variables = { AGENT_SANDBOX: "auto", CLAUDE_BIN: join(directory, "no-such-claude") };
    expect((await warningsOf(startServer(github, variables))).toSorted()).toEqual([
      expect.stringMatching(/^claude: .*claude can't be started/),
      expect.stringMatching(/^sandbox: The sandbox bwrap cannot start, and no task is claimed until it can/),
    ]);
  });
});

test("a gateway has no agent: it starts without a program and a key, and a key of another App is refused", async () => {
  const github = await startGitHub();
  const variables = {
    AGENTBOT_ROLE: "gateway",
    DATABASE_URL: database.url,
    AGENTBOT_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
    CLAUDE_BIN: join(directory, "no-such-claude"),
    ANTHROPIC_API_KEY: "",
  };
  expect(await warningsOf(startServer(github, variables))).toEqual([]);
  const { code, stderr } = await startServer(github, { ...variables, GITHUB_PRIVATE_KEY: anotherKey }).ended;
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^agentbot cannot start:\n {2}- github: GitHub answered 401 .*\n$/),
  ]);
});
