import { decodeWebhook, verifyWebhook } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { signWebhook } from "../../src/testing/index.js";
import { webhookSecret } from "../fixtures/hello-world.js";
import { payloads, source, webhook } from "../fixtures/webhooks.js";

const form = "application/x-www-form-urlencoded";

/** Signs, verifies and decodes a body of this type. */
async function decode(body: string, contentType: string) {
  const signature = signWebhook(body, webhookSecret);
  const headers = { "content-type": contentType, "x-hub-signature-256": signature, "x-github-event": "issues" };
  const event = await verifyWebhook(source, webhook(body, headers));
  if (!event) throw new Error("The signature must be right");
  return { event, result: decodeWebhook(source, event) };
}

test("A webhook that is set to send forms is decoded from its field payload", async () => {
  const payload = payloads.issue("opened", { title: "A & B = 100 % +1 ü" });
  const { event, result } = await decode(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), form);
  expect(result).toEqual({ status: "decoded", payload: JSON.parse(JSON.stringify(payload)) });
  expect(source.form.contentTypes).toContain(event.contentType);
  const title = "A & B = 100 % +1 ü";
  expect(source.interpret(event, payload)).toMatchObject({ kind: "task", draft: { title } });
});

test.each([
  ["a form whose payload is not JSON", "payload=%7B", form],
  ["an empty body", "", "application/json"],
  ["a body that is not JSON", "{", "application/json"],
])("%s is invalid", async (_, body, contentType) => {
  expect((await decode(body, contentType)).result).toMatchObject({
    status: "invalid",
    detail: expect.stringMatching(/\.$/),
  });
});

test("A form without a payload requests nothing", async () => {
  const { event, result } = await decode("a=b", form);
  expect(result.status === "decoded" && source.interpret(event, result.payload)).toMatchObject({ kind: "ignored" });
});

test("A JSON body is decoded", async () => {
  expect((await decode('{"a":1}', "application/json")).result).toEqual({ status: "decoded", payload: { a: 1 } });
});
