import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import type { KeyRing, SecretLocation } from "../ports/key-ring.js";
import type { ShapeOf } from "../task/shape-of.js";
import { nonceBytes, openAesGcm, sealAesGcm, tagBytes } from "./aes-gcm.js";
import { type EncryptionKey, encryptionKeySchema } from "./encryption-key.js";

/** Options of {@link createAesKeyRing}. */
export interface AesKeyRingOptions {
  /** The first key encrypts, all of them decrypt: to rotate, put the new key first and keep the old one. */
  readonly keys: readonly EncryptionKey[];
}

const optionsSchema = z.strictObject({
  keys: z
    .array(encryptionKeySchema)
    .min(1, "needs at least one key")
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, "two keys have the same id"),
} satisfies ShapeOf<AesKeyRingOptions>);

const version = "v1";

/**
 * Encrypts secrets at rest with AES-256-GCM. A ciphertext has the form `v1.<keyId>.<iv>.<ciphertext>.<tag>`, the last three
 * in base64url, and is bound to its table, column and row.
 *
 * @example
 * const keyRing = createAesKeyRing({ keys: parseEncryptionKeys("2026-11:…,2026-05:…") });
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function createAesKeyRing(options: AesKeyRingOptions): KeyRing {
  const { keys } = parseOptions("createAesKeyRing", optionsSchema, options);
  const keysById = new Map<string, KeyObject>(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  const [newest] = keysById;
  if (!newest) throw new AgentBotError("CONFIGURATION_INVALID", "createAesKeyRing: keys: needs at least one key");
  const [newestId, newestKey] = newest;

  return {
    async encrypt(plaintext, location) {
      const nonce = randomBytes(nonceBytes);
      const input = { key: newestKey, nonce, additionalData: locationBytes(location) };
      const { ciphertext, tag } = sealAesGcm(input, Buffer.from(plaintext, "utf8"));
      return formatCiphertext(newestId, [nonce, ciphertext, tag]);
    },
    async decrypt(text, location) {
      const [foundVersion, keyId = "", ...encoded] = text.split(".");
      const [nonce, ciphertext, tag] = encoded.map((part) => Buffer.from(part, "base64url"));
      const isOfThisForm = foundVersion === version && encoded.length === 3 && nonce && ciphertext && tag;
      if (!isOfThisForm || text !== formatCiphertext(keyId, [nonce, ciphertext, tag]))
        throw undecryptable("has another form");
      if (nonce.byteLength !== nonceBytes || tag.byteLength !== tagBytes) throw undecryptable("is cut off");
      const key = keysById.get(keyId);
      if (!key)
        throw undecryptable("was encrypted with a key that is not in the ring: put it back behind the first one");
      try {
        return openAesGcm({ key, nonce, additionalData: locationBytes(location) }, ciphertext, tag).toString("utf8");
      } catch {
        throw undecryptable(
          "does not fit its key and place: it was changed or moved, or the id of its key was used again",
        );
      }
    },
  };
}

function formatCiphertext(keyId: string, parts: readonly Buffer[]): string {
  return [version, keyId, ...parts.map((part) => part.toString("base64url"))].join(".");
}

function undecryptable(problem: string): AgentBotError {
  return new AgentBotError("DECRYPTION_FAILED", `A stored secret ${problem}.`);
}

/** Binds a ciphertext to its place. Only the last part may hold a colon, so that no two places read the same. */
function locationBytes({ table, column, rowId }: SecretLocation): Buffer {
  if (table.includes(":") || column.includes(":")) {
    throw new AgentBotError("CONFIGURATION_INVALID", "A secret's table and column are names without a colon.");
  }
  return Buffer.from(`${table}:${column}:${rowId}`, "utf8");
}
