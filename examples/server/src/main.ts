import { AgentBotError } from "@agentbot/core";
import { pino } from "pino";
import { composeParts } from "./compose/compose-parts.js";
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
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, "Stopping failed");
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  if (!AgentBotError.isInstance(error) && !(error instanceof Error)) throw error;
  refuse([error.message]);
}
