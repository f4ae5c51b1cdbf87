import { redactSecrets } from "@agentbot/core";
import { pino } from "pino";
import { composeParts } from "./compose/compose-parts.js";
import { secretNames } from "./environment/environment-schema.js";
import { parseEnvironment } from "./environment/parse-environment.js";
import { startServer } from "./start-server.js";

/** Ends the process with every problem on standard error. */
function refuse(problems: readonly string[]): never {
  process.stderr.write(`agentbot cannot start:\n${problems.map((problem) => `  - ${problem}\n`).join("")}`);
  process.exit(1);
}

const parsed = parseEnvironment(process.env);
if (parsed.status === "invalid") refuse(parsed.problems);

const { environment } = parsed;
const logger = pino({ level: environment.LOG_LEVEL });
const secrets = secretNames.map((name) => environment[name]).filter((secret) => secret !== undefined);
try {
  const parts = await composeParts(environment, { logger, hostEnvironment: process.env });
  const server = await startServer(environment, parts);
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      logger.info({ signal }, "Stopping; a second signal ends at once");
      server.stop().then(
        () => {
          logger.info({}, "agentbot has stopped");
          process.exit(0);
        },
        (error: unknown) => {
          logger.error({ err: error }, "Stopping failed");
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  logger.debug({ err: error }, "The start failed");
  refuse([redactSecrets(error instanceof Error ? error.message : String(error), secrets)]);
}
