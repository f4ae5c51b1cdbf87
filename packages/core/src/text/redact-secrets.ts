import type { JsonObject, JsonValue } from "../task/json.js";
import { labelledSecretPatterns, secretPatterns } from "./secret-patterns.js";

/** The shortest value that is looked for: shorter ones match innocent text. */
const minimumLength = 8;

/** Base64 of the value inside a longer text: the part that no neighbouring byte can change, for each alignment. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
    const encoded = bytes.toString("base64");
    const start = shift === 0 ? 0 : shift + 1;
    const end = Math.floor(bytes.length / 3) * 4;
    const fixed = encoded.slice(start, end);
    const whole = shift === 0 ? [encoded] : [];
    return [...whole, fixed].flatMap((form) => [
      form,
      form.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
    ]);
  });
}

/** The forms in which secrets occur in texts, longest first: raw, base64, base64url, hex, URL- and JSON-encoded, single lines. */
function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < minimumLength) continue;
    const hex = Buffer.from(secret).toString("hex");
    const lines = secret.includes("\n") ? secret.split(/\r?\n/).filter((line) => line.length >= 24) : [];
    const encoded = [encodeURIComponent(secret.replace(/\p{Cs}/gu, "")), JSON.stringify(secret).slice(1, -1)];
    for (const form of [secret, ...encoded, hex, hex.toUpperCase(), ...base64Forms(secret), ...lines]) {
      if (form.length >= minimumLength && !/^-----(?:BEGIN|END)[A-Z ]*-----$/.test(form)) forms.add(form);
    }
  }
  return [...forms].sort((left, right) => right.length - left.length);
}

const replacement = "[redacted]";

/** The shortest secret that a check looks for: a shorter one, such as a password `postgres`, occurs in innocent files. */
const minimumCheckedLength = 16;

/**
 * Replaces secrets by `[redacted]`: first every known value of at least 8 characters, also as base64, hex, URL- or
 * JSON-encoded text, then everything that has the form of a credential. Linear in the text.
 *
 * @param knownSecrets - secret values of this process; those of less than 8 characters are left out
 */
export function redactSecrets(text: string, knownSecrets: readonly string[] = []): string {
  return createRedactor(knownSecrets)(text);
}

/** {@link redactSecrets} for many texts: the encoded forms of the values are computed once. */
export function createRedactor(knownSecrets: readonly string[]): (text: string) => string {
  const forms = secretForms(knownSecrets);
  return (text) => {
    let redacted = text;
    for (const form of forms) redacted = redacted.replaceAll(form, replacement);
    for (const pattern of secretPatterns) redacted = redacted.replace(pattern, replacement);
    for (const pattern of labelledSecretPatterns) redacted = redacted.replace(pattern, `$1${replacement}`);
    return redacted;
  };
}

/**
 * Returns a function that returns true if bytes hold one of these secrets, raw or as base64, hex, URL- or JSON-encoded
 * text. Secrets of less than 16 characters are left out, and so are URLs: `redis://localhost:6379` occurs in many
 * repositories, and the password inside a URL is a secret of its own.
 */
export function createSecretCheck(secrets: readonly string[]): (bytes: Uint8Array) => boolean {
  const wanted = secrets.filter((secret) => secret.length >= minimumCheckedLength && !secret.includes("://"));
  const forms = secretForms(wanted).map((form) => Buffer.from(form));
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return forms.some((form) => buffer.includes(form));
  };
}

/** Replaces secrets in every text inside a JSON object, its keys included. */
export function redactJson(value: JsonObject, knownSecrets: readonly string[] = []): JsonObject {
  const redactText = createRedactor(knownSecrets);
  const redactValue = (each: JsonValue): JsonValue => {
    if (typeof each === "string") return redactText(each);
    if (typeof each !== "object" || each === null) return each;
    return isList(each) ? each.map(redactValue) : redactObject(each);
  };
  const redactObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, each]) => [redactText(key), redactValue(each)]));
  return redactObject(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}
