import { expect, test } from "vitest";
import { createSecretCheck } from "../../src/text/redact-secrets.js";

const secret = "sk-ant-api03-0123456789-abcdef";
const holds = (text: string, secrets = [secret]): boolean => createSecretCheck(secrets)(Buffer.from(text));

test.each([
  ["as it is", `key = "${secret}";`],
  ["in base64", Buffer.from(`the key is ${secret}.`).toString("base64")],
  ["in hex", Buffer.from(secret).toString("hex")],
])("a secret is found %s", (_, text) => {
  expect(holds(text)).toBe(true);
});

test("a secret is found among bytes that are no text", () => {
  expect(createSecretCheck([secret])(Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(secret)]))).toBe(true);
});

test("what stands in innocent files is no secret: short words, and URLs without a password of their own", () => {
  expect(holds("POSTGRES_PASSWORD=postgres", ["postgres"])).toBe(false);
  expect(holds("REDIS_URL=redis://localhost:6379", ["redis://localhost:6379"])).toBe(false);
  expect(holds("postgres://bot:a-long-password-indeed@db", ["a-long-password-indeed"])).toBe(true);
  expect(holds("nothing here")).toBe(false);
});
