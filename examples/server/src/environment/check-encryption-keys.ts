import { AgentBotError, parseEncryptionKeys } from "@agentbot/core";

/** What is wrong with these encryption keys; null when nothing is. Never repeats a key. */
export function checkEncryptionKeys(keys: string): string | null {
  try {
    parseEncryptionKeys(keys);
    return null;
  } catch (error) {
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    return error.message.replace(/^Encryption keys: /, "");
  }
}
