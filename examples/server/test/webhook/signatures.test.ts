import { createHmac } from "node:crypto";
import { signWebhook } from "@agentbot/provider-github/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentPayload } from "../fixtures/github-payloads.js";
import { exchange, type HeaderLine, type RawAnswer } from "../fixtures/raw-exchange.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

const signature = "X-Hub-Signature-256";
const event: HeaderLine = ["X-GitHub-Event", "issue_comment"];
const post = (
  server: TestServer,
  headers: readonly HeaderLine[],
  body: string | Uint8Array,
  path = "/webhooks/github",
) => exchange(server.port, `POST ${path}`, [["Content-Type", "application/json"], event, ...headers], body);

/** The parts of a response that must not differ between refusals. */
const looks = ({ status, headers, body }: RawAnswer): string =>
  JSON.stringify([status, [...headers].filter(([name]) => name !== "date" && name !== "x-request-id"), body]);

describe("a signature that is not right", () => {
  const text = JSON.stringify(commentPayload("@agentbot fix it"), null, 2);
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const good = signWebhook(text, "the secret of these tests");
  const bad = signWebhook(text, "another secret");
  const hex = good.slice("sha256=".length);
  const base64 = Buffer.from(hex, "hex").toString("base64");
  const sha1 = createHmac("sha1", "the secret of these tests").update(text).digest("hex");
  const sign = (value: string): HeaderLine[] => [[signature, value]];
  const refused: [string, HeaderLine[], string?, string?][] = [
    ["missing", []],
    ["empty", sign("")],
    ["without its digest", sign("sha256=")],
    ["made with another secret", sign(bad)],
    ["made with the empty secret", sign(signWebhook(text, ""))],
    ["made with the word undefined", sign(signWebhook(text, "undefined"))],
    ["made with the word null", sign(signWebhook(text, "null"))],
    ["truncated", sign(good.slice(0, -2))],
    ["too long", sign(`${good}00`)],
    ["without its method", sign(hex)],
    ["with the method of another header", sign(`sha1=${hex}`)],
    ["in base64", sign(`sha256=${base64}`)],
    ["with a digit that is none", sign(`${good.slice(0, -2)}zz`)],
    ["with a no-break space", sign(`${good}\u00a0`)],
    ["with an é", sign(`sha256=\u00e9${hex.slice(1)}`)],
    ["10 KB long", sign(`sha256=${"0".repeat(10_000)}`)],
    ["sent twice, both good", [...sign(good), ...sign(good)]],
    ["sent twice, good then bad", [...sign(good), ...sign(bad)]],
    ["sent twice, bad then good", [...sign(bad), ...sign(good)]],
    ["sent twice in one line", sign(`${good}, ${bad}`)],
    ["only in the old header", [["X-Hub-Signature", `sha1=${sha1}`]]],
    ["that of the JSON written anew", sign(good), JSON.stringify(JSON.parse(text))],
    ["that of a body without the newline at its end", sign(good), `${text}\n`],
    ["good, for an installation nobody has", sign(good), text, "/webhooks/github/0199c0de-0000-7000-8000-000000000000"],
    ["good, for an installation that is no id", sign(good), text, "/webhooks/github/%00%ff"],
  ];

  test.each(refused)("%s gets the one 401", async (_what, headers, body = text, path = "/webhooks/github") => {
    const reference = await post(server, sign(bad), text);
    expect(reference.status).toBe(401);
    expect(reference.body).toBe('{"error":"unauthorized"}');
    expect(looks(await post(server, headers, body, path))).toBe(looks(reference));
    expect(await server.stored()).toEqual([]);
  });

  test("changes nothing for the good one that follows under the same delivery id", async () => {
    const delivery: HeaderLine = ["X-GitHub-Delivery", "0199c0de-0000-7000-8000-000000000001"];
    expect((await post(server, [delivery, ...sign(bad)], text)).status).toBe(401);
    const accepted = await post(server, [delivery, ...sign(good.replace(hex, hex.toUpperCase()))], text);
    expect([accepted.status, JSON.parse(accepted.body)]).toMatchObject([200, { status: "accepted" }]);
    expect(await server.stored()).toHaveLength(1);
  });
});

describe("too many signatures that are not right", () => {
  test("from one address are limited, and a signed delivery still gets through", async () => {
    const server = await startTestServer();
    try {
      const forge = () =>
        server.deliver("issue_comment", commentPayload("@agentbot x"), { "x-hub-signature-256": "x" });
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 100; attempt += 1) statuses.push((await forge()).status);
      expect(new Set(statuses)).toEqual(new Set([401]));
      const limited = await forge();
      expect([limited.status, limited.body["code"]]).toEqual([429, "TOO_MANY_FAILED_VERIFICATIONS"]);
      expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
      const signed = await server.deliver("issue_comment", commentPayload("@agentbot fix it"));
      expect([signed.status, signed.body["status"]]).toEqual([200, "accepted"]);
    } finally {
      await server.stop();
    }
  });
});

describe("published vectors", () => {
  const special = "Foo\\n\\u001B[34mbar: ♥♥♥♥♥♥♥♥\\nthis-is-lost\\u001B[0m\\u001B[2K";
  const vectors: [string, string, string, string, number][] = [
    [
      "GitHub's documentation",
      "It's a Secret to Everybody",
      "Hello, World!",
      "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
      400,
    ],
    [
      "Octokit",
      "mysecret",
      '{\n  "foo": "bar"\n}\n',
      "e3eccac34c43c7dc1cbb905488b1b81347fcc700a7b025697a9d07862256023f",
      200,
    ],
    [
      "Octokit, with escapes",
      "development",
      `{\n  "foo": "${special}"\n}\n`,
      "9dacf9003316b09be07df56d86a2d0d6872e42a1e6c72c3bad9ff915a7c5603e",
      200,
    ],
  ];

  test.each(vectors)("of %s verify, and not with another byte", async (_of, webhookSecret, body, digest, status) => {
    const server = await startTestServer({ webhookSecret });
    try {
      const headers: HeaderLine[] = [[signature, `sha256=${digest}`]];
      expect((await post(server, headers, body)).status).toBe(status);
      expect((await post(server, headers, `${body} `)).status).toBe(401);
      expect((await post(server, headers, body.toLowerCase())).status).toBe(body === body.toLowerCase() ? status : 401);
    } finally {
      await server.stop();
    }
  });
});
