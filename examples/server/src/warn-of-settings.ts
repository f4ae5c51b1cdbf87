import type { ServerParts } from "./compose/server-parts.js";
import type { Environment } from "./environment/environment-schema.js";

/** Says what works but may not be what was meant. */
export function warnOfSettings(environment: Environment, parts: ServerParts): void {
  const { GITHUB_WEBHOOK_SECRET: secret, AGENTBOT_ADMIN_TOKEN: token } = environment;
  const { logger, providers } = parts;
  if (parts.role !== "gateway" && parts.sandbox.name === "none")
    logger.warn({}, "AGENT_SANDBOX=none: the agent runs without a sandbox on this machine");
  if (providers.length === 0)
    logger.warn(
      {},
      "No provider is configured, so every webhook answers 404; set GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET",
    );
  if (secret !== undefined && secret.length < 8)
    logger.warn({}, "GITHUB_WEBHOOK_SECRET has less than 8 characters: it can be guessed, and logs cannot hide it");
  if (token !== undefined && token.length < 16)
    logger.warn(
      {},
      "AGENTBOT_ADMIN_TOKEN has less than 16 characters: it can be guessed; `openssl rand -hex 32` gives one",
    );
}
