import { secretForms } from "./secret-forms.js";

/** A shorter one, such as a password `postgres`, stands in innocent files too. */
const minimumLength = 16;

/**
 * Makes a check for whether bytes hold one of these secrets, raw or as base64, hex, URL- or JSON-encoded text. Only
 * secrets of at least 16 characters are looked for, and no URLs: `redis://localhost:6379` stands in many a repository,
 * and a password inside a URL is a secret of its own.
 */
export function createSecretCheck(secrets: readonly string[]): (bytes: Uint8Array) => boolean {
  const wanted = secrets.filter((secret) => secret.length >= minimumLength && !secret.includes("://"));
  const forms = secretForms(wanted).map((form) => Buffer.from(form));
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return forms.some((form) => buffer.includes(form));
  };
}
