import { readFile } from "node:fs/promises";
import { AgentBotError } from "@agentbot/core";
import { createSecretCheck } from "@agentbot/core/adapter";

/** A change, and the secrets it must not hold. */
export interface SecretSearch {
  readonly tree: string;
  /** New and modified regular files, by paths as bytes in Latin-1. */
  readonly written: readonly string[];
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Refuses a change that holds a secret of this process, which an agent may have found by chance or on request.
 *
 * @throws AgentBotError `CHANGE_HOLDS_SECRET`; the message names no file, since a name may hold the secret
 */
export async function refuseSecrets({ tree, written, secrets, signal }: SecretSearch): Promise<void> {
  if (secrets.length === 0) return;
  const holdsSecret = createSecretCheck(secrets);
  for (const path of written) {
    const name = Buffer.from(path, "latin1");
    const content = await readFile(Buffer.concat([Buffer.from(`${tree}/`), name]), { signal });
    if (!holdsSecret(name) && !holdsSecret(content)) continue;
    throw new AgentBotError("CHANGE_HOLDS_SECRET", "The agent's change holds a secret of this process");
  }
}
