import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "@agentbot/core/process";
import { eventually } from "@agentbot/core/testing";
import { findFreePort } from "@agentbot/test-services";
import { expect, onTestFinished, test } from "vitest";
import { startLocalHosts } from "../../minimal/test/fixtures/start-local-hosts.js";
import { commentWebhook, startFakeForgejo, token, webhookSecret } from "./fixtures/start-fake-forgejo.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("the composition is at most 40 lines", () => {
  expect(readFileSync(here("../src/bot.ts"), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(40);
});

test("a signed webhook of a Forgejo becomes a pull request there, with a comment that links it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "agentbot-custom-"));
  const programs = join(directory, "bin");
  mkdirSync(programs);
  symlinkSync(here("../../demo/agent/scripted-agent.mjs"), join(programs, "claude"));
  const forgejo = await startFakeForgejo({ root: join(directory, "git"), files: { "README.md": "Mend teh typo.\n" } });
  const localHosts = await startLocalHosts({ apiUrl: forgejo.url });
  const [port, stopped] = [await findFreePort(), new AbortController()];
  const running = runProcess({
    program: process.execPath,
    arguments: [...localHosts.nodeOptions, here("../dist/bot.js")],
    directory,
    environment: {
      ...localHosts.environment,
      PATH: [programs, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      PORT: String(port),
      ANTHROPIC_API_KEY: localHosts.apiKey,
      FORGEJO_URL: forgejo.url,
      FORGEJO_TOKEN: token,
      FORGEJO_WEBHOOK_SECRET: webhookSecret,
    },
    signal: stopped.signal,
  });
  onTestFinished(async () => {
    stopped.abort();
    await running;
    await Promise.all([forgejo.close(), localHosts.close()]);
    rmSync(directory, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const look = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok || null;
  await eventually("the bot to be ready", look);

  forgejo.say("@agentbot mend the typo");
  const response = await fetch(`${url}/webhooks/forgejo`, commentWebhook("@agentbot mend the typo"));
  const { status, taskId } = (await response.json()) as Record<string, string>;
  expect([response.status, status]).toEqual([200, "accepted"]);
  const branch = `agentbot/${taskId}`;
  const comment = await eventually(
    "the comment that says it is done",
    () => forgejo.comments.find(({ body }) => body.includes("is done")) ?? null,
  );
  const [pull, ...others] = forgejo.pulls;
  expect([pull?.head, others]).toEqual([expect.objectContaining({ ref: branch }), []]);
  expect(comment.body).toContain(pull?.html_url);
  expect(await forgejo.runGit("show", `${branch}:README.md`)).toBe("Mend the typo.");
  expect([forgejo.comments.length, forgejo.reactions]).toEqual([2, ["1 eyes"]]);
});
