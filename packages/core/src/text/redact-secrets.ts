import type { JsonObject, JsonValue } from "../task/json.js";
import { createSecretMatcher, hasWindow, type SecretMatcher } from "./secret-matcher.js";
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

/** The forms in which a short secret, or a URL, is looked for as a whole: raw, base64, base64url, hex, URL- and JSON-encoded. */
function wholeForms(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < minimumLength) continue;
    const hex = Buffer.from(secret).toString("hex");
    const encoded = [encodeURIComponent(secret.replace(/\p{Cs}/gu, "")), JSON.stringify(secret).slice(1, -1)];
    for (const form of [secret, ...encoded, hex, hex.toUpperCase(), ...base64Forms(secret)]) {
      if (form.length >= minimumLength) forms.add(form);
    }
  }
  return [...forms].sort((left, right) => right.length - left.length);
}

/** Secrets sorted by how they are found. */
interface SortedSecrets {
  readonly matcher: SecretMatcher;
  /** Those that windows cannot find, and URLs: their host and path are in innocent texts too. */
  readonly whole: readonly string[];
}

const sorted = new WeakMap<readonly string[], SortedSecrets>();

/** The windows of a list are worked out once: a check and a redactor share them. */
function sortSecrets(secrets: readonly string[]): SortedSecrets {
  const known = sorted.get(secrets);
  if (known) return known;
  const isWhole = (secret: string): boolean => secret.includes("://") || !hasWindow(secret);
  const whole = secrets.filter(isWhole);
  const passwords = whole.filter((secret) => URL.canParse(secret)).map((url) => new URL(url).password);
  const windowed = [
    ...secrets.filter((secret) => !isWhole(secret)),
    ...passwords.flatMap((each) => [each, decode(each)]),
  ];
  const result = { matcher: createSecretMatcher(windowed), whole };
  sorted.set(secrets, result);
  return result;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const replacement = "[redacted]";

/** The shortest secret that a check looks for: a shorter one, such as a password `postgres`, occurs in innocent files. */
const minimumCheckedLength = 16;

const redactors = new WeakMap<readonly string[], (text: string) => string>();

/**
 * Replaces secrets by `[redacted]`: first the known values, and every part of 16 letters and digits of one, whatever stands
 * between its characters, also reversed and as base64, hex or URL-encoded text; then everything that has the form of a
 * credential. Linear in the text.
 *
 * @param knownSecrets - secret values of this process; those of less than 8 characters are left out. Its forms are worked out
 * once for each list, which therefore must not change.
 */
export function redactSecrets(text: string, knownSecrets: readonly string[] = []): string {
  const known = redactors.get(knownSecrets) ?? createRedactor(knownSecrets);
  redactors.set(knownSecrets, known);
  return known(text);
}

/** {@link redactSecrets} for many texts. */
export function createRedactor(knownSecrets: readonly string[]): (text: string) => string {
  const { matcher, whole } = sortSecrets(knownSecrets);
  const forms = wholeForms(whole);
  return (text) => {
    let redacted = withoutRanges(text, matcher);
    for (const form of forms) redacted = redacted.replaceAll(form, replacement);
    for (const pattern of secretPatterns) redacted = redacted.replace(pattern, replacement);
    for (const pattern of labelledSecretPatterns) redacted = redacted.replace(pattern, `$1${replacement}`);
    return redacted;
  };
}

function withoutRanges(text: string, matcher: SecretMatcher): string {
  const kept: string[] = [];
  let end = 0;
  for (const [start, next] of matcher.find(text)) {
    kept.push(text.slice(end, start));
    end = next;
  }
  return end === 0 ? text : [...kept, text.slice(end)].join(replacement);
}

/**
 * Returns a function that returns true if bytes hold one of these secrets, or 16 letters and digits of one, as
 * {@link redactSecrets} finds them. Secrets of less than 16 characters are left out, and so are URLs without their password:
 * `redis://localhost:6379` occurs in many repositories.
 */
export function createSecretCheck(secrets: readonly string[]): (bytes: Uint8Array) => boolean {
  const { matcher, whole } = sortSecrets(secrets);
  const checked = whole.filter((secret) => secret.length >= minimumCheckedLength && !secret.includes("://"));
  const forms = wholeForms(checked).map((form) => Buffer.from(form));
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return matcher.isIn(buffer.toString("latin1")) || forms.some((form) => buffer.includes(form));
  };
}

/** Replaces secrets in every text inside a JSON object, its keys included. */
export function redactJson(value: JsonObject, redact: (text: string) => string): JsonObject {
  const redactValue = (each: JsonValue): JsonValue => {
    if (typeof each === "string") return redact(each);
    if (typeof each !== "object" || each === null) return each;
    return isList(each) ? each.map(redactValue) : redactObject(each);
  };
  const redactObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, each]) => [redact(key), redactValue(each)]));
  return redactObject(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}
