import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSecretCheck, redactSecrets } from "../../src/text/redact-secrets.js";

const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
const jwt = `eyJhbGciOiJSUzI1NiJ9.${"eyJpc3MiOiIxMjM0NSJ9".repeat(8)}.${"a-b_".repeat(60)}`;

/** Made from parts, so that no scanner of this repository takes them for real. */
const tokens: Readonly<Record<string, string>> = {
  "classic personal token": ["ghp", letters.slice(0, 36)].join("_"),
  "OAuth token": ["gho", letters.slice(0, 36)].join("_"),
  "user token": ["ghu", letters.slice(0, 36)].join("_"),
  "refresh token": ["ghr", letters].join("_"),
  "installation token": ["ghs", letters.slice(0, 36)].join("_"),
  "long installation token": ["ghs", "1234567", jwt].join("_"),
  "fine-grained token": ["github_pat", letters].join("_"),
  "Anthropic key": ["sk-ant", "api03", letters].join("-"),
  "OpenAI project key": ["sk-proj", letters].join("-"),
  "Slack bot token": ["xoxb", "1234567890", letters].join("-"),
  "Slack app token": ["xapp", "1", letters].join("-"),
  "Sentry token": ["sntrys", letters].join("_"),
  "Linear key": ["lin_api", letters.slice(0, 40)].join("_"),
  "GitLab token": ["glpat", letters.slice(0, 20)].join("-"),
  "Atlassian token": `ATATT3${letters}`,
  "AWS key id": ["AKIA", "ABCDEFGHIJKLMNOP"].join(""),
  JWT: jwt,
  "private key": `-----BEGIN RSA PRIVATE KEY-----\n${letters}\n${letters}\n-----END RSA PRIVATE KEY-----`,
};

describe("redactSecrets by pattern", () => {
  test.each(Object.entries(tokens))("hides a %s wherever it stands", (_, token) => {
    const places = [
      (secret: string) => secret,
      (secret: string) => JSON.stringify({ secret }),
      (secret: string) => `error\\n${secret}`,
      (secret: string) => `\u001b[31m${secret}\u001b[0m`,
      (secret: string) => `+  token: ${secret}`,
      (secret: string) => `a ${secret} b ${secret} c`,
    ];
    for (const place of places) {
      const redacted = redactSecrets(place(token));
      for (const piece of token.match(/[A-Za-z0-9]{12,}/g) ?? []) expect(redacted).not.toContain(piece);
      expect(redacted).toContain("[redacted]");
    }
  });

  test.each([
    ["postgres://user:hunter2hunter2@db/x", "postgres://user:[redacted]@db/x"],
    ["redis://:hunter2@cache:6379", "redis://:[redacted]@cache:6379"],
    ["https://x-access-token:abc@github.com/o/r", "https://x-access-token:[redacted]@github.com/o/r"],
    ["Authorization: Basic eC1hY2Nlc3M=", "Authorization: Basic [redacted]"],
    ['"authorization":"Bearer abcdefgh12345678"', '"authorization":"Bearer [redacted]"'],
    ["curl -H 'x-api-key: abcdefgh1234'", "curl -H 'x-api-key: [redacted]'"],
  ])("hides the secret part of %j", (text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  test.each([
    "commit 9daeafb9864cf43055ae93beb0afd6c7d144bfa4",
    "123e4567-e89b-12d3-a456-426614174000",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "a token looks like ghp_xxxx and ghs_abc",
    "Basic responsibilities of a bearer of news",
    "https://example.com:8080/path@v1",
    "see http://localhost:3000 and user@example.com",
  ])("leaves %j alone", (text) => {
    expect(redactSecrets(text)).toBe(text);
  });
});

describe("redactSecrets by value", () => {
  const secret = 'hunter2/"+é correct horse';

  test.each([
    ["raw", secret],
    ["base64", Buffer.from(secret).toString("base64")],
    ["base64url", Buffer.from(secret).toString("base64url")],
    ["base64 after one byte", Buffer.from(`:${secret}!`).toString("base64")],
    ["base64 in basic authentication", Buffer.from(`x-access-token:${secret}`).toString("base64")],
    ["base64 after two bytes", Buffer.from(`ab${secret}`).toString("base64")],
    ["hex", Buffer.from(secret).toString("hex")],
    ["URL-encoded", encodeURIComponent(secret)],
    ["JSON", JSON.stringify(secret)],
  ])("hides a known secret as %s", (_, form) => {
    const redacted = redactSecrets(`before ${form} after`, [secret]);
    expect(redacted).toContain("[redacted]");
    expect(redacted.replace("[redacted]", "").length).toBeLessThan("before  after".length + 24);
  });

  test("hides each line of a known key", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const [, first = "", ...lines] = pem.trim().split("\n");
    for (const line of lines.slice(0, -1)) {
      expect(redactSecrets(`line: ${line}`, [pem])).toMatch(/^.{0,12}\[redacted\].{0,4}$/);
    }
    expect(redactSecrets(`keys begin with ${first.slice(0, 44)}`, [pem])).toBe(`keys begin with ${first.slice(0, 44)}`);
  });

  test("ignores known values shorter than eight characters", () => {
    expect(redactSecrets("a main branch", ["main", ""])).toBe("a main branch");
  });
});

describe("createSecretCheck", () => {
  const secret = "sk-ant-api03-0123456789-abcdef";
  const holds = (text: string, secrets = [secret]): boolean => createSecretCheck(secrets)(Buffer.from(text));

  test.each([
    ["as it is", `key = "${secret}";`],
    ["in base64", Buffer.from(`the key is ${secret}.`).toString("base64")],
    ["in hex", Buffer.from(secret).toString("hex")],
  ])("finds a secret %s", (_, text) => {
    expect(holds(text)).toBe(true);
  });

  test("finds a secret among bytes that are not text", () => {
    expect(createSecretCheck([secret])(Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(secret)]))).toBe(true);
  });

  test("leaves out short words, and URLs without a password of their own", () => {
    expect(holds("POSTGRES_PASSWORD=postgres", ["postgres"])).toBe(false);
    expect(holds("REDIS_URL=redis://localhost:6379", ["redis://localhost:6379"])).toBe(false);
    expect(holds("postgres://bot:a-long-password-indeed@db", ["a-long-password-indeed"])).toBe(true);
    expect(holds("nothing here")).toBe(false);
  });
});
