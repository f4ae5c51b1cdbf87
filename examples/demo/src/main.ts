import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createCleanupStack, escapeControls } from "@agentbot/core/adapter";
import { composeAdapters, startServer } from "@agentbot/example-server";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { pino } from "pino";
import { chooseAgent, demoEnvironment, demoWebhookSecret } from "./demo-environment.js";
import { demoPayload } from "./demo-webhook.js";
import { createNarrator, narrateLifecycle } from "./narrator.js";
import { startLocalGitHub } from "./start-local-github.js";

const isKept = process.argv.includes("--keep");
const searchPath = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
const scriptedAgent = fileURLToPath(new URL("../agent/scripted-agent.mjs", import.meta.url));
const narrator = createNarrator(process.stdout);
const cleanup = createCleanupStack();

/** How the task ended. */
type Ended = { readonly status: string };

/** Maximum duration of the task, in milliseconds: that of a real agent. */
const timeoutMs = 600_000;
const tooLate = async (): Promise<never> => {
  await sleep(timeoutMs, undefined, { ref: false });
  throw new Error("The task has not ended within 10 minutes");
};

const run = async (): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-demo-"));
  cleanup.push(() => rm(directory, { recursive: true, force: true }));

  const files = {
    "README.md": "# Hello, World\n\nThis is teh repository that every tutorial starts with.\n",
    "src/greet.js": "// Greets teh whole world.\nexport const greet = (name) => 'Hello, ' + name;\n",
  };
  const local = await startLocalGitHub({ root: join(directory, "github"), files, searchPath });
  cleanup.push(() => local.close());
  const payload = demoPayload('@agentbot fix the typo "teh" everywhere', new Date());
  const repository = `${payload.repository.owner.login}/${payload.repository.name}`;
  narrator.print(`github   a local fake with ${repository} and a real git server at ${local.github.url}`);

  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = process.env;
  const agent = chooseAgent({ scriptedAgent, searchPath, apiKey, baseUrl });
  const environment = demoEnvironment(local.github, agent, join(directory, "data"));
  const logger = pino({ level: environment.LOG_LEVEL, hooks: { streamWrite: escapeControls } });
  const parts = await composeAdapters(environment, { logger, hostEnvironment: { ...process.env, PATH: searchPath } });
  narrateLifecycle(parts.events, narrator);
  const ended = new Promise<Ended>((resolve) => {
    parts.events.on("task:settled", ({ settlement }) => {
      if (settlement.status !== "queued") resolve(settlement);
    });
  });
  const server = await startServer(environment, parts);
  cleanup.push(() => server.stop());
  narrator.print(`server   gateway and worker at ${server.url}, embedded PostgreSQL, agent ${agent.program}`);

  const webhook = webhookRequest({ event: "issue_comment", payload, secret: demoWebhookSecret });
  const answer = await fetch(`${server.url}/webhooks/github`, webhook);
  narrator.print(
    `webhook  ${payload.comment.user.login} comments on #${payload.issue.number}; answered ${answer.status}`,
  );
  const verdict = await answer.text();
  if (!verdict.includes('"accepted"')) throw new Error(`The gateway did not accept the webhook: ${verdict}`);
  const { status } = await Promise.race([ended, tooLate()]);

  const [comment] = local.github.comments;
  const [pullRequest] = local.github.pullRequests;
  narrator.show(`The comment on ${repository}#${payload.issue.number}`, comment?.body ?? "(none)");
  if (pullRequest) {
    const { number, title, head, base } = pullRequest;
    narrator.show(`Pull request #${number}: ${title}`, `    ${head} → ${base}`);
    narrator.show("The diff of the pushed branch", (await local.git("diff", base, head)) ?? "");
  }
  if (isKept) {
    process.stdout.write(`\nStill up: ${server.url}/health and ${server.url}/metrics; end it with Ctrl-C.\n`);
    await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()).once("SIGTERM", () => resolve()));
  }
  return status === "succeeded" && comment && pullRequest ? 0 : 1;
};

try {
  process.exitCode = await run();
} finally {
  await cleanup.run();
}
