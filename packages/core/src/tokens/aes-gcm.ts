import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

/** The length of a nonce in bytes: 96 bits, as NIST SP 800-38D §5.2.1.1 recommends. */
export const nonceBytes = 12;
/** The length of an authentication tag in bytes; a shorter one is easier to forge. */
export const tagBytes = 16;

/** The key of one call of AES-256-GCM, and the data that the tag covers beside the text. */
export interface AesGcmInput {
  readonly key: KeyObject;
  /** Never used twice with one key. */
  readonly nonce: Uint8Array;
  readonly additionalData: Uint8Array;
}

/** Encrypts and authenticates (NIST SP 800-38D). */
export function sealAesGcm(input: AesGcmInput, plaintext: Uint8Array): { ciphertext: Buffer; tag: Buffer } {
  const cipher = createCipheriv("aes-256-gcm", input.key, input.nonce, { authTagLength: tagBytes });
  cipher.setAAD(input.additionalData);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { ciphertext, tag: cipher.getAuthTag() };
}

/** Decrypts; throws if key, nonce, additional data, ciphertext or tag is not the one of the sealing call. */
export function openAesGcm(input: AesGcmInput, ciphertext: Uint8Array, tag: Uint8Array): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", input.key, input.nonce, { authTagLength: tagBytes });
  decipher.setAAD(input.additionalData);
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
