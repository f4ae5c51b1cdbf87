import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "@agentbot/core/process";
import { eventually } from "@agentbot/core/testing";
import { type FakeGitHubApp, startFakeGitHub, webhookRequest } from "@agentbot/provider-github/testing";
import { findFreePort } from "@agentbot/test-services";
import { describe, expect, onTestFinished, test } from "vitest";
import { startLocalHosts } from "./fixtures/start-local-hosts.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const source = readFileSync(here("../src/bot.ts"), "utf8");
const secret = "a secret of this test only";

/** Starts the built bot against a GitHub and a Messages API on this machine. */
async function startBot(app: Partial<FakeGitHubApp> = {}, variables: Readonly<Record<string, string>> = {}) {
  const github = await startFakeGitHub({ app: { id: 12345, slug: "agentbot", ...app }, repositories: [] });
  const localHosts = await startLocalHosts(github);
  const directory = mkdtempSync(join(tmpdir(), "agentbot-minimal-"));
  const programs = join(directory, "bin");
  mkdirSync(programs);
  symlinkSync(here("../../demo/agent/scripted-agent.mjs"), join(programs, "claude"));
  const [port, stopped, lines] = [await findFreePort(), new AbortController(), [] as string[]];
  const running = runProcess({
    program: process.execPath,
    arguments: [...localHosts.nodeOptions, here("../dist/bot.js")],
    directory,
    environment: {
      ...localHosts.environment,
      PATH: [programs, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      PORT: String(port),
      ANTHROPIC_API_KEY: localHosts.apiKey,
      GITHUB_APP_ID: String(github.app.id),
      GITHUB_PRIVATE_KEY: github.app.privateKey,
      GITHUB_WEBHOOK_SECRET: secret,
      ...variables,
    },
    signal: stopped.signal,
    onLine: (line) => void lines.push(line),
  });
  onTestFinished(async () => {
    stopped.abort();
    await running;
    await Promise.all([github.close(), localHosts.close()]);
    rmSync(directory, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    running,
    /** Resolves with the messages of the log once the bot answers. */
    async ready() {
      const look = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok || null;
      await eventually("the bot to be ready", look);
      await eventually("the line that it is ready", () => lines.find((line) => line.includes('"msg":"Ready"')) ?? null);
      return lines.map((line) => String(JSON.parse(line).msg));
    },
  };
}

describe("the smallest bot", () => {
  test("is the one in the README, in at most 25 lines", () => {
    expect(readFileSync(here("../../../README.md"), "utf8")).toContain(`\`\`\`ts\n${source}\`\`\`\n`);
    expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(25);
  });

  test("runs and answers a signed webhook", async () => {
    const { url, ready } = await startBot();
    expect(await ready()).toEqual(["Ready"]);
    const { headers } = await fetch(`${url}/livez`);
    expect(headers.get("keep-alive")).toBe("timeout=75");
    const ping = webhookRequest({ event: "ping", payload: { zen: "Keep it logically awesome." }, secret });
    const response = await fetch(`${url}/webhooks/github`, ping);
    expect([response.status, await response.json()]).toEqual([200, { status: "ignored", reason: "ping" }]);
  });

  test("is refused with a sentence for a wrong App key and a missing program", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { running } = await startBot(
      {},
      {
        PATH: dirname(process.execPath),
        GITHUB_PRIVATE_KEY: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      },
    );
    const { exitCode, stderrTail } = await running;
    expect(exitCode).toBe(1);
    for (const sentence of [
      / {2}- github: GitHub answered 401 .* Check GITHUB_APP_ID, GITHUB_PRIVATE_KEY/,
      / {2}- claude: claude can't be started \(ENOENT\)\. Install Claude Code/,
    ]) {
      expect(stderrTail).toMatch(sentence);
    }
  });

  test("starts with a key of the agent that is refused, with a line for it", async () => {
    const { ready } = await startBot({}, { ANTHROPIC_API_KEY: "a-key-of-another-account" });
    expect(await ready()).toEqual([expect.stringContaining("refuses the agent's key (401)"), "Ready"]);
  });

  test("starts without events, with a line that names them", async () => {
    const { ready } = await startBot({ events: [] });
    expect(await ready()).toEqual([
      expect.stringContaining("The App is not subscribed to the events issues, "),
      "Ready",
    ]);
  });
});
