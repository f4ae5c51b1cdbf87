import { randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError, type EncryptionKey, parseEncryptionKeys } from "@agentbot/core";

/**
 * The keys of the environment, or, when embedded, the one that was made for this data directory (mode 0600).
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` if the keys, or those in the file, are invalid
 */
export async function loadEncryptionKeys(
  given: string | undefined,
  dataDirectory: string,
): Promise<readonly EncryptionKey[]> {
  if (given !== undefined) return parseEncryptionKeys(given);
  const path = join(dataDirectory, "encryption-keys");
  await makeOnce(path, `embedded:${randomBytes(32).toString("base64")}\n`);
  try {
    return parseEncryptionKeys((await readFile(path, "utf8")).trim());
  } catch (error) {
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    const fix = "Restore the file from a backup: without its keys what is stored encrypted cannot be read.";
    throw new AgentBotError("CONFIGURATION_INVALID", `${path} is damaged: ${error.message} ${fix}`, { cause: error });
  }
}

/** Makes a file unless it is there, whole or not at all: a process that is killed here leaves no half a key. */
async function makeOnce(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
