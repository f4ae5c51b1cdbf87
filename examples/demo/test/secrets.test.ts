import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { forms, windowsOf, withoutRest } from "../../../packages/core/test/text/canaries.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

const issueNumber = 720;

/** The real server with an agent that repeats texts, and its secrets: those of the environment, and the generated key. */
async function startRepeating(privateKeyForm: (pem: string) => string) {
  const cleanup = createCleanupStack();
  onTestFinished(() => cleanup.run());
  const admin = { AGENTBOT_ADMIN_TOKEN: "the-token-of-the-operator-of-this-very-server" };
  const world = await startWorld([issueNumber, issueNumber + 1], admin);
  cleanup.push(() => world.close());
  const program = join(world.agentDirectory, "repeating-agent.mjs");
  copyFileSync(fileURLToPath(new URL("./fixtures/repeating-agent.mjs", import.meta.url)), program);
  chmodSync(program, 0o755);
  const { GITHUB_PRIVATE_KEY: pem = "", GITHUB_WEBHOOK_SECRET: webhookSecret = "" } = world.environment;
  const variables = { ...world.environment, CLAUDE_BIN: program, GITHUB_PRIVATE_KEY: privateKeyForm(pem) };
  const parsed = parseEnvironment(variables);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logged: string[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
  const adapters = await composeAdapters(parsed.environment, { logger, hostEnvironment: variables });
  const server = await startServer(parsed.environment, adapters);
  cleanup.push(() => server.stop());
  const keyFile = readFileSync(join(world.dataDirectory, "encryption-keys"), "utf8").trim();
  const secrets = [pem, webhookSecret, admin.AGENTBOT_ADMIN_TOKEN, keyFile.slice(keyFile.indexOf(":") + 1)];
  const tell = async (number: number, texts: readonly string[], isWritten: boolean) => {
    writeFileSync(join(world.agentDirectory, "texts.json"), JSON.stringify(texts));
    if (isWritten) writeFileSync(join(world.agentDirectory, "write"), "");
    const answer = await deliver(server.url, commentOn(number, "@agentbot mend the typo"));
    const taskId = answer?.taskId ?? "";
    const task = await eventually(`task ${taskId} to end`, async () => {
      const found = await adapters.store.tasks.find(taskId);
      return found?.finishedAt ? found : null;
    });
    const transcript = await adapters.store.transcript.read(taskId, { afterSeq: 0, limit: 10_000 });
    const { comments, pullRequests } = world.local.github;
    const published = await world.local.git("log", "-p", "--all", "--format=%B%D");
    return { task, sinks: JSON.stringify([task, transcript, comments, pullRequests, published, logged]) };
  };
  return { secrets, tell };
}

test.each([
  ["as it is", (pem: string) => pem],
  ["with escaped line ends", (pem: string) => pem.trim().replaceAll("\n", "\\n")],
  ["in base64", (pem: string) => Buffer.from(pem).toString("base64")],
])("a private key given %s, and the key the server made, reach no sink in any form", async (_, given) => {
  const { secrets, tell } = await startRepeating(given);
  const texts = Object.values(forms).flatMap((form) => secrets.map(form));
  const told = await tell(issueNumber, texts, false);
  expect(told.task).toMatchObject({ status: "succeeded" });
  const written = await tell(issueNumber + 1, texts, true);
  expect(written.task).toMatchObject({ status: "failed", reason: "change_holds_secret" });
  const sinks = withoutRest(told.sinks + written.sinks);
  const windows = Object.values(forms).flatMap((form) => secrets.flatMap((secret) => windowsOf(secret, form)));
  // Each fifth one: what is left of a secret by mistake is longer than one window.
  const looked = windows.filter((_, index) => index % 5 === 0);
  expect(looked.length).toBeGreaterThan(5000);
  expect(looked.filter((window) => sinks.includes(window))).toEqual([]);
  // The texts did come: in their place is the mark.
  expect(sinks.split("redacted").length).toBeGreaterThan(texts.length / 2);
});
