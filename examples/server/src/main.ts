import { AgentBotError } from "@agentbot/core";
import { redactSecrets } from "@agentbot/core/adapter";
import { createOpenTelemetryTracer } from "@agentbot/core/tracing";
import { composeAdapters } from "./compose/compose-adapters.js";
import { parseEnvironment } from "./environment/parse-environment.js";
import { secretsOf } from "./environment/secrets-of.js";
import { createServerLogger } from "./log/create-server-logger.js";
import { createLogScope } from "./log/log-scope.js";
import { startServer } from "./start-server.js";

/** Ends the process with every problem on standard error. */
function refuse(problems: readonly string[]): never {
  process.stderr.write(`agentbot cannot start:\n${problems.map((problem) => `  - ${problem}\n`).join("")}`);
  process.exit(1);
}

const parsed = parseEnvironment(process.env);
if (parsed.status === "invalid") refuse(parsed.problems);

const { environment } = parsed;
const scope = createLogScope(createOpenTelemetryTracer());
const logger = createServerLogger({
  level: environment.LOG_LEVEL,
  secrets: secretsOf(environment),
  scopeFacts: scope.facts,
});
const { tracer } = scope;
const starting = composeAdapters(environment, { logger, tracer, hostEnvironment: process.env }).then((adapters) =>
  startServer(environment, adapters),
);

/** Lets a start that is under way come to its end first: what it opened is closed in order. */
async function stop(): Promise<void> {
  const server = await starting;
  try {
    await server.stop();
  } catch (error) {
    logger.error({ err: error }, "Stopping failed");
    process.exit(1);
  }
  logger.info({}, "The server has stopped");
  process.exit(0);
}

let isStopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, "Stopping; a second signal ends at once");
    void stop();
  });
}

try {
  await starting;
} catch (error) {
  logger.debug({ err: error }, "The start failed");
  refuse(problemsOf(error).map((problem) => redactSecrets(problem, secretsOf(environment))));
}

/** The errors of the start check, one by one, or the one that ended the start. */
function problemsOf(error: unknown): readonly string[] {
  const problems = AgentBotError.isInstance(error) ? error.details["problems"] : null;
  if (Array.isArray(problems)) return problems.map(String);
  return [error instanceof Error ? error.message : String(error)];
}
