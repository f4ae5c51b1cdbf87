import { AgentBotError } from "../errors/agentbot-error.js";
import { type EncryptionKey, encryptionKeyBytes, encryptionKeyIdPattern } from "./encryption-key.js";

const base64Pattern = /^[A-Za-z0-9+/_-]+={0,2}$/;
const remedy =
  "Each key is id:base64 of 32 random bytes (openssl rand -base64 32), the newest first, with commas between.";

/**
 * Parses keys of the form `id:base64[,id:base64]`, in base64 or base64url, padded or not. The first key encrypts.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every problem at once, by the position of the key and never by its text.
 */
export function parseEncryptionKeys(text: string): readonly EncryptionKey[] {
  const problems: string[] = [];
  const keys = text.split(",").map((entry, index): EncryptionKey => {
    const [id, encoded] = splitOnce(entry.trim());
    const key = Buffer.from(encoded, "base64");
    const where = `key ${index + 1}`;
    if (!encryptionKeyIdPattern.test(id)) problems.push(`${where}: its id must be 1 to 32 letters, digits, - or _`);
    if (!base64Pattern.test(encoded)) problems.push(`${where}: what follows its id and a colon is not base64`);
    else if (key.byteLength !== encryptionKeyBytes) {
      problems.push(`${where}: it has ${key.byteLength} bytes instead of ${encryptionKeyBytes}`);
    }
    return { id, key };
  });
  keys.forEach(({ id }, index) => {
    const first = keys.findIndex((other) => other.id === id);
    if (first < index) problems.push(`key ${index + 1}: it has the id of key ${first + 1}`);
  });
  if (problems.length === 0) return keys;
  throw new AgentBotError("CONFIGURATION_INVALID", `Encryption keys: ${problems.join("; ")}. ${remedy}`, {
    details: { problems },
  });
}

function splitOnce(entry: string): readonly [string, string] {
  const colon = entry.indexOf(":");
  return colon < 0 ? ["", entry] : [entry.slice(0, colon), entry.slice(colon + 1)];
}
