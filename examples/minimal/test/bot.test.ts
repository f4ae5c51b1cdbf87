import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "@agentbot/core/process";
import { eventually } from "@agentbot/core/testing";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { findFreePort } from "@agentbot/test-services";
import { describe, expect, test } from "vitest";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const source = readFileSync(here("../src/bot.ts"), "utf8");

describe("the smallest bot", () => {
  test("is the one in the README, in at most 30 lines", () => {
    expect(readFileSync(here("../../../README.md"), "utf8")).toContain(`\`\`\`ts\n${source}\`\`\`\n`);
    expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
  });

  test("runs and answers a signed webhook", async () => {
    const port = await findFreePort();
    const directory = mkdtempSync(join(tmpdir(), "agentbot-minimal-"));
    const secret = "a secret of this test only";
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const stopped = new AbortController();
    const running = runProcess({
      program: process.execPath,
      arguments: [here("../dist/bot.js")],
      directory,
      environment: {
        PATH: process.env["PATH"] ?? "",
        PORT: String(port),
        ANTHROPIC_API_KEY: "a-key-of-this-test-only",
        GITHUB_APP_ID: "12345",
        GITHUB_PRIVATE_KEY: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
        GITHUB_WEBHOOK_SECRET: secret,
      },
      signal: stopped.signal,
    });
    try {
      const url = `http://127.0.0.1:${port}`;
      const look = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok || null;
      await eventually("the bot to be ready", look);
      const ping = webhookRequest({ event: "ping", payload: { zen: "Keep it logically awesome." }, secret });
      const response = await fetch(`${url}/webhooks/github`, ping);
      expect([response.status, await response.json()]).toEqual([200, { status: "ignored", reason: "ping" }]);
    } finally {
      stopped.abort();
      await running;
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
