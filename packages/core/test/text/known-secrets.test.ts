import { describe, expect, test } from "vitest";
import { createSecretCheck, redactSecrets } from "../../src/text/redact-secrets.js";
import { canaries, forms, windowsOf, withoutRest } from "./canaries.js";

const secrets = Object.values(canaries);

describe.each(Object.entries(forms))("a known secret %s", (_, form) => {
  test.each(Object.entries(canaries))("%s is redacted, and keeps a change from being committed", (_kind, secret) => {
    const written = form(secret);
    const text = `before ${written} after`;
    const left = withoutRest(redactSecrets(text, secrets));
    expect(windowsOf(secret, form).filter((window) => left.includes(window))).toEqual([]);
    expect(left).toMatch(/^befor/);
    expect(createSecretCheck([secret])(Buffer.from(text))).toBe(true);
  });
});

test.each([0, 1, 5, 500])("a known secret that a cut divides is redacted on both sides, %s characters on", (more) => {
  for (const secret of secrets) {
    const cut = Math.max(24, Math.min(secret.length - 24, 100 + more));
    for (const part of [secret.slice(0, cut), secret.slice(cut)].filter(({ length }) => length > 150)) {
      expect(redactSecrets(part, secrets).length).toBeLessThan(Math.max(120, part.length / 2));
    }
  }
});

test.each([
  "The quick brown fox jumps over the lazy dog, 1234567890 times, and the dog 0123456789 sleeps.",
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ is how the key of anybody begins",
  "-----BEGIN CERTIFICATE-----\nMIIBkTCB+wIJAK\n-----END CERTIFICATE-----",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA and ------------------------------ and 000000000000000000000",
  "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
])("%j is left as it is beside 25 known secrets", (text) => {
  expect(redactSecrets(text, secrets)).toBe(text);
  expect(createSecretCheck(secrets)(Buffer.from(text))).toBe(false);
});
