import { createAgentJobFixture, launchFor } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ClaudeRunnerOptions, createClaudeRunner } from "../src/index.js";
import { startMessagesApi } from "../src/testing/index.js";

/** A program on the PATH that prints this, whatever its arguments, and ends with this code. */
const printing = (text: string, code = 0): Partial<ClaudeRunnerOptions> => ({
  program: "sh",
  programArguments: ["-c", `echo '${text}'; exit ${code}`],
});
const wellKnown = printing("2.1.330 (Claude Code)");
// A cloud's credential is the cloud's to check.
const cloud = { environment: { CLAUDE_CODE_USE_BEDROCK: "1" } };

async function check(options: Partial<ClaudeRunnerOptions>) {
  const runner = createClaudeRunner({ program: "claude", environment: {}, ...options });
  const { job, dispose } = await createAgentJobFixture();
  const problems = await runner.check?.({ signal: new AbortController().signal, launch: launchFor(job) });
  await dispose();
  return problems?.map(({ part, severity, message }) => `${part} ${severity}: ${message}`);
}

async function startApi() {
  const api = await startMessagesApi({ script: [] });
  onTestFinished(() => api.close());
  return api;
}

describe("the check of the runner", () => {
  test("finds nothing wrong with a known version and an accepted key, which costs no message", async () => {
    const { url: baseUrl, apiKey, requests } = await startApi();
    expect(await check({ ...wellKnown, apiKey, baseUrl })).toEqual([]);
    expect(requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
      "GET /v1/models?limit=1 200",
    ]);
  });

  test("has an error for a program that cannot be started, with the fix", async () => {
    expect(await check({ ...cloud, program: "/no/such/claude" })).toEqual([
      expect.stringMatching(
        /^claude error: .*claude can't be started \(ENOENT\)\. Install Claude Code, or set .*CLAUDE_BIN/,
      ),
    ]);
  });

  test("starts no program that is given by its path: it may be a wrapper that takes the start for a job", async () => {
    expect(await check({ ...cloud, ...printing("", 3), program: "/bin/sh" })).toEqual([]);
    expect(await check({ ...cloud, program: import.meta.filename })).toEqual([
      expect.stringMatching(/^claude error: .*check-claude\.test\.ts can't be started \(EACCES\)\. /),
    ]);
  });

  test.each([
    ["2.0.75 (Claude Code)", 0, "Claude Code 2.0.75 is older than 2.0.76, the oldest tested version: update it."],
    ["1.9.99", 0, "Claude Code 1.9.99 is older than 2.0.76"],
    ["claude the cat", 0, "ended with code 0 and gave no version: check that it is Claude Code."],
    ["2.1.330", 3, "ended with code 3 and gave no version"],
  ])("has a warning for a program whose version is '%s', ended with %d", async (text, code, words) => {
    expect(await check({ ...cloud, ...printing(text, code) })).toEqual([
      expect.stringMatching(new RegExp(`^claude warning: .*${words}`)),
    ]);
  });

  test.each(["2.0.76 (Claude Code)", "2.1.0", "3.0.0"])("finds nothing wrong with version %s", async (text) => {
    expect(await check({ ...cloud, ...printing(text) })).toEqual([]);
  });

  test("has a warning for a missing key, and for one that the API refuses, without the key", async () => {
    expect(await check(wellKnown)).toEqual([
      expect.stringMatching(/^claude warning: The agent has no key, so its tasks fail: set .*ANTHROPIC_API_KEY/),
    ]);
    const { url: baseUrl } = await startApi();
    const refused = `claude warning: The Messages API at ${new URL(baseUrl).host} refuses the agent's key (401), so its tasks fail: set a valid one.`;
    expect(await check({ ...wellKnown, baseUrl, apiKey: "a-wrong-key" })).toEqual([refused]);
    const environment = { ANTHROPIC_AUTH_TOKEN: "a-wrong-token", ANTHROPIC_BASE_URL: `${baseUrl}/` };
    expect(await check({ ...wellKnown, environment })).toEqual([refused]);
  });

  test("has a warning for an API that cannot be reached", async () => {
    const closed = await startMessagesApi({ script: [] });
    await closed.close();
    const { url: baseUrl } = closed;
    expect(await check({ ...wellKnown, apiKey: "key-number-1", baseUrl })).toEqual([
      expect.stringMatching(/^claude warning: The Messages API at 127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED/),
    ]);
  });

  test.each<[string, Partial<ClaudeRunnerOptions>]>([
    ["a password in the base URL", { apiKey: "key-number-1", baseUrl: "https://user:key-number-2@127.0.0.1:9" }],
    ["a line end in the key", { environment: { ANTHROPIC_AUTH_TOKEN: "key-number-1\nkey-number-2" } }],
    ["a base URL that is none", { environment: { ANTHROPIC_API_KEY: "key-number-1", ANTHROPIC_BASE_URL: "claude" } }],
  ])("has a warning for %s, which does not quote it", async (_, options) => {
    const [problem, ...others] = (await check({ ...wellKnown, ...options })) ?? [];
    expect([problem, others]).toEqual([
      expect.stringMatching(/^claude warning: The agent's key or base URL can't be/),
      [],
    ]);
    expect(problem).not.toContain("key-number");
  });
});
