import { AgentBotError } from "@agentbot/core";
import { createGitHubProvider } from "@agentbot/provider-github";

/** Why the provider will not take this as the App's private key; null when it will. Never repeats the key. */
export function checkPrivateKey(privateKey: string): string | null {
  try {
    createGitHubProvider({ appId: 1, privateKey, webhookSecret: "not used: nothing is received" });
    return null;
  } catch (error) {
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    return error.message.replace(/^createGitHubProvider: privateKey: /, "");
  }
}
