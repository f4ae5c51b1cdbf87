import { z } from "zod";
import type { ShapeOf } from "../task/shape-of.js";

/** The length of a key in bytes: AES-256. */
export const encryptionKeyBytes = 32;

/** The grammar of a key's id: it is stored in the clear in front of every ciphertext. */
export const encryptionKeyIdPattern = /^[A-Za-z0-9_-]{1,32}$/;

/** A key for secrets at rest, and the name by which ciphertexts refer to it. */
export interface EncryptionKey {
  /** The name, which every ciphertext of the key holds. */
  readonly id: string;
  /** 32 random bytes. */
  readonly key: Uint8Array;
}

/** Checks the form of an {@link EncryptionKey}. */
export const encryptionKeySchema = z.object({
  id: z.string().regex(encryptionKeyIdPattern, "must be 1 to 32 letters, digits, - or _"),
  key: z.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.byteLength === encryptionKeyBytes,
    `must be a Uint8Array of ${encryptionKeyBytes} bytes`,
  ),
} satisfies ShapeOf<EncryptionKey>);
