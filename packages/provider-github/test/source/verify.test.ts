import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { verifySignature } from "../../src/source/create-github-source.js";
import { signWebhook } from "../../src/testing/index.js";
import { webhookSecret } from "../fixtures/hello-world.js";
import { installation, source, sourceWith, webhook } from "../fixtures/webhooks.js";

const body = "Hello, World!";
/** docs.github.com, "Validating webhook deliveries" */
const digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
const good = `sha256=${digest}`;

async function isAccepted(signature: string | null, text: string | Uint8Array = body): Promise<boolean> {
  const headers = signature === null ? {} : { "x-hub-signature-256": signature };
  return (await source.verify(webhook(text, headers))) !== null;
}

describe("A published vector", () => {
  test.each([
    ["of GitHub's documentation", webhookSecret, body, good],
    [
      "of octokit",
      "mysecret",
      '{\n  "foo": "bar"\n}\n',
      "sha256=e3eccac34c43c7dc1cbb905488b1b81347fcc700a7b025697a9d07862256023f",
    ],
    [
      "with special characters, of octokit",
      "development",
      '{\n  "foo": "Foo\\n\\u001B[34mbar: ♥♥♥♥♥♥♥♥\\nthis-is-lost\\u001B[0m\\u001B[2K"\n}\n',
      "sha256=9dacf9003316b09be07df56d86a2d0d6872e42a1e6c72c3bad9ff915a7c5603e",
    ],
  ])("%s verifies, and its body written anew does not", (_, secret, text, signature) => {
    expect(verifySignature(Buffer.from(text), signature, [secret])).toBe(true);
    expect(verifySignature(Buffer.from(`${text} `), signature, [secret])).toBe(false);
    expect(signWebhook(text, secret)).toBe(signature);
  });

  test("of the empty key is refused although it verifies", () => {
    const signature = "sha256=2bbcfa9524f3218c7a34b30e6936f8b1a4516cb097f1a85a1c7d98b5977ec769";
    expect(signWebhook(body, "")).toBe(signature);
    expect(verifySignature(Buffer.from(body), signature, [""])).toBe(false);
    expect(verifySignature(Buffer.from(body), signature, [])).toBe(false);
    expect(verifySignature(Buffer.from(body), signature, ["", "other"])).toBe(false);
  });
});

describe("A signature", () => {
  test.each([
    ["that is right", good],
    ["in upper case", `sha256=${digest.toUpperCase()}`],
    ["with spaces around, which HTTP drops", `  ${good}\t`],
  ])("%s is accepted", async (_, signature) => {
    expect(await isAccepted(signature)).toBe(true);
  });

  test.each([
    ["that is missing", null],
    ["that is empty", ""],
    ["without digits", "sha256="],
    ["with one digit wrong", `sha256=${digest.slice(0, -1)}8`],
    ["that is short", `sha256=${digest.slice(0, 62)}`],
    ["that is long", `${good}00`],
    ["without its method", digest],
    ["of another method", `sha1=${digest.slice(0, 40)}`],
    ["in base64", `sha256=${Buffer.from(digest, "hex").toString("base64")}`],
    ["with a no-break space", `\u00a0${good}`],
    ["with a space within", `sha256= ${digest}`],
    ["that is not hexadecimal", `sha256=${"z".repeat(64)}`],
    ["whose end is not hexadecimal", `sha256=${digest.slice(0, 62)}zz`],
    ["with the right digits, then others", `${good}zz`],
    ["with a letter of latin-1", `sha256=${digest.slice(0, 63)}é`],
    ["twice in one header", `${good}, ${good}`],
    ["with a wrong one beside", `${good}, sha256=${"0".repeat(64)}`],
    ["of ten kilobytes", `sha256=${"a".repeat(10_240)}`],
    ["made with the key undefined", signWebhook(body, "undefined")],
    ["made with the key null", signWebhook(body, "null")],
    ["made with the empty key", signWebhook(body, "")],
    ["of another secret", signWebhook(body, "other")],
  ])("%s is refused", async (_, signature) => {
    expect(await isAccepted(signature)).toBe(false);
  });

  test.each([
    [good, good],
    [good, `sha256=${"0".repeat(64)}`],
    [`sha256=${"0".repeat(64)}`, good],
  ])("sent twice is refused: %s and %s", async (first, second) => {
    const headers = new Headers();
    headers.append("x-hub-signature-256", first);
    headers.append("x-hub-signature-256", second);
    expect(await source.verify({ ...webhook(body, {}), headers })).toBeNull();
  });

  test("by SHA-1 alone is refused", async () => {
    const sha1 = `sha1=${createHmac("sha1", webhookSecret).update(body).digest("hex")}`;
    expect(await source.verify(webhook(body, { "x-hub-signature": sha1 }))).toBeNull();
  });

  test("of a body with one line feed more is refused", async () => {
    expect(await isAccepted(good, `${body}\n`)).toBe(false);
  });

  test("of the same JSON written differently is refused", async () => {
    const text = '{"a": 1}';
    expect(await isAccepted(signWebhook(text, webhookSecret), text)).toBe(true);
    expect(await isAccepted(signWebhook(text, webhookSecret), JSON.stringify(JSON.parse(text)))).toBe(false);
  });

  test("over bytes that are not text is accepted", async () => {
    const bytes = new Uint8Array([0xff, 0xfe, 0x00, 0x80]);
    expect(await isAccepted(signWebhook(bytes, webhookSecret), bytes)).toBe(true);
  });

  test("by either of two secrets is accepted while they are changed", async () => {
    const rotating = sourceWith(["new secret", "old secret"]);
    for (const [secret, isRight] of [
      ["new secret", true],
      ["old secret", true],
      ["older secret", false],
    ] as const) {
      const verified = await rotating.verify(webhook(body, { "x-hub-signature-256": signWebhook(body, secret) }));
      expect(verified !== null).toBe(isRight);
    }
  });

  test("at an installation's own endpoint needs that installation's secret", async () => {
    const signed = (secret: string) => ({ "x-hub-signature-256": signWebhook(body, secret) });
    expect(await source.verify(webhook(body, signed("a secret of its own"), installation))).not.toBeNull();
    expect(await source.verify(webhook(body, signed(webhookSecret), installation))).toBeNull();
    expect(await source.verify(webhook(body, signed("a secret of its own")))).toBeNull();
    for (const none of [null, ""]) {
      const without = { ...installation, webhookSecret: none };
      expect(await source.verify(webhook(body, signed(""), without))).toBeNull();
      expect(await source.verify(webhook(body, signed(webhookSecret), without))).toBeNull();
    }
  });
});

describe("A verified event", () => {
  test.each([
    ["72d3162e-cc78-11e3-81ab-4c9367dc0958", "72d3162e-cc78-11e3-81ab-4c9367dc0958"],
    ["x".repeat(128), "x".repeat(128)],
    ["x".repeat(129), null],
    ["'; DROP TABLE tasks", null],
    ["a, b", null],
    ["", null],
  ])("reads the delivery id %j as %j", async (id, externalId) => {
    const headers = { "x-hub-signature-256": good, "x-github-delivery": id, "x-github-event": "issues" };
    expect(await source.verify(webhook(body, headers))).toMatchObject({ event: "issues", externalId });
  });

  test.each(["__proto__x!", "../x", "x".repeat(10_240), "issues, issues", "ISSUES", ""])(
    "has no event when the header is %j",
    async (event) => {
      const verified = await source.verify(webhook(body, { "x-hub-signature-256": good, "x-github-event": event }));
      expect(verified).toMatchObject({ event: "unknown", externalId: null });
    },
  );
});
