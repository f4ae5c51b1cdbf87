import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EncryptionKey, parseEncryptionKeys } from "@agentbot/core";

/** The keys of the environment, or, when embedded, the one that was made for this data directory (mode 0600). */
export async function loadEncryptionKeys(
  given: string | undefined,
  dataDirectory: string,
): Promise<readonly EncryptionKey[]> {
  if (given !== undefined) return parseEncryptionKeys(given);
  const path = join(dataDirectory, "encryption-keys");
  await mkdir(dataDirectory, { recursive: true });
  const made = `embedded:${randomBytes(32).toString("base64")}`;
  try {
    await writeFile(path, made, { mode: 0o600, flag: "wx" });
    return parseEncryptionKeys(made);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return parseEncryptionKeys((await readFile(path, "utf8")).trim());
  }
}
