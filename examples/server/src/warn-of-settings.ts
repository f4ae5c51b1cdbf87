import type { ServerParts } from "./compose/server-parts.js";
import type { Environment } from "./environment/environment-schema.js";

/** Says what works but may not be what was meant. */
export function warnOfSettings({ GITHUB_WEBHOOK_SECRET: secret }: Environment, parts: ServerParts): void {
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
}
