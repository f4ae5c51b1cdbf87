import type { Logger, Metrics, WebhookProvider } from "@agentbot/core";
import { createGitHubProvider } from "@agentbot/provider-github";
import type { Environment } from "../environment/environment-schema.js";

/** The providers that are configured: none is fine, half of one is refused before this. */
export function composeProviders(
  environment: Environment,
  shared: { readonly logger: Logger; readonly metrics: Metrics },
): readonly WebhookProvider[] {
  const { GITHUB_APP_ID: appId, GITHUB_PRIVATE_KEY: privateKey, GITHUB_WEBHOOK_SECRET: webhookSecret } = environment;
  if (appId === undefined || privateKey === undefined || webhookSecret === undefined) return [];
  const github = createGitHubProvider({
    appId,
    privateKey,
    webhookSecret,
    name: environment.AGENTBOT_NAME,
    url: environment.GITHUB_URL,
    apiUrl: environment.GITHUB_API_URL,
    allowedBotIds: environment.GITHUB_ALLOWED_BOT_IDS,
    ...shared,
  });
  return [github];
}
