import { createSign, generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeGitHub, signWebhook, webhookRequest } from "../../src/testing/index.js";
import { verifyAppJwt } from "../../src/testing/verify-app-jwt.js";
import { hubot, startHello } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

const now = () => Math.floor(Date.now() / 1000);

function jwt(claims: object, key = github.app.privateKey, header: object = { alg: "RS256", typ: "JWT" }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key, "base64url")}`;
}

async function api(method: string, path: string, authorization: string | null, body?: object) {
  const response = await fetch(`${github.apiUrl}${path}`, {
    method,
    headers: { "user-agent": "test", ...(authorization === null ? {} : { authorization }) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, data: text === "" ? null : JSON.parse(text) };
}

async function newToken(body: object = {}): Promise<string> {
  const good = jwt({ iat: now() - 60, exp: now() + 500, iss: github.app.id });
  return (await api("POST", "/app/installations/1/access_tokens", `Bearer ${good}`, body)).data.token;
}

describe("An App's JWT", () => {
  test.each([
    ["expired", () => jwt({ iat: now() - 900, exp: now() - 1, iss: 12345 }), /'exp'/],
    ["valid for too long", () => jwt({ iat: now(), exp: now() + 1200, iss: 12345 }), /too far/],
    ["without an end", () => jwt({ iat: now(), iss: 12345 }), /'exp'/],
    ["from the future", () => jwt({ iat: now() + 300, exp: now() + 500, iss: 12345 }), /'iat'/],
    ["of another App", () => jwt({ iat: now(), exp: now() + 500, iss: 1 }), /'iss'/],
    ["without a signature", () => jwt({ iat: now(), exp: now() + 500, iss: 12345 }).replace(/[^.]+$/, ""), /decoded/],
    [
      "of algorithm none",
      () => jwt({ iat: now(), exp: now() + 500, iss: 12345 }, undefined, { alg: "none" }),
      /decoded/,
    ],
    ["that is not a JWT", () => "x.y", /decoded/],
    [
      "of another key",
      () =>
        jwt(
          { iat: now(), exp: now() + 500, iss: 12345 },
          generateKeyPairSync("rsa", { modulusLength: 2048 })
            .privateKey.export({ type: "pkcs8", format: "pem" })
            .toString(),
        ),
      /decoded/,
    ],
  ])("%s is refused", async (_, make, message) => {
    const answer = await api("POST", "/app/installations/1/access_tokens", `Bearer ${make()}`);
    expect(answer.status).toBe(401);
    expect(answer.data.message).toMatch(message);
  });

  test("is checked against a public key", () => {
    expect(verifyAppJwt(null, "", 1, new Date())).toMatch(/decoded/);
  });
});

describe("A token", () => {
  test("is long, and narrowed as requested", async () => {
    const token = await newToken({ repository_ids: [1296269], permissions: { issues: "read" } });
    expect(token).toMatch(/^ghs_12345_eyJ[\w.-]{400,}$/);
    expect(github.tokens[0]).toMatchObject({ permissions: { issues: "read", metadata: "read" }, isLive: true });
    const list = await api("GET", "/repos/octocat/hello-world/issues/7/comments", `token ${token}`);
    expect(list.status).toBe(200);
    const post = await api("POST", "/repos/octocat/hello-world/issues/7/comments", `token ${token}`, { body: "x" });
    expect(post).toMatchObject({ status: 403, data: { message: "Resource not accessible by integration" } });
    const pull = await api("GET", "/repos/octocat/hello-world/pulls", `token ${token}`);
    expect(pull.status).toBe(403);
  });

  test("cannot be had for what the App was not granted", async () => {
    const good = `Bearer ${jwt({ iat: now(), exp: now() + 500, iss: github.app.id })}`;
    const request = (body: object) => api("POST", "/app/installations/1/access_tokens", good, body);
    expect((await request({ permissions: { administration: "write" } })).status).toBe(422);
    expect((await request({ permissions: { metadata: "write" } })).status).toBe(422);
    expect((await request({ repository_ids: [4] })).status).toBe(422);
    expect((await request({ repositories: ["nothing"] })).status).toBe(422);
    expect((await api("POST", "/app/installations/2/access_tokens", good)).status).toBe(404);
  });

  test("is dead once it was deleted", async () => {
    const authorization = `token ${await newToken()}`;
    expect((await api("DELETE", "/installation/token", authorization)).status).toBe(204);
    expect((await api("DELETE", "/installation/token", authorization)).status).toBe(401);
    const answer = await api("GET", "/repos/octocat/hello-world/pulls", authorization);
    expect(answer).toMatchObject({ status: 401, data: { message: "Bad credentials" } });
    const without = await api("GET", "/repos/octocat/hello-world/pulls", null);
    expect(without).toMatchObject({ status: 401, data: { message: "Requires authentication" } });
  });
});

describe("The fake GitHub", () => {
  test("lists comments page by page, with links", async () => {
    for (let count = 0; count < 5; count += 1) {
      github.addComment({ repository: "octocat/hello-world", issueNumber: 7, body: `${count}`, user: hubot });
    }
    const authorization = `token ${await newToken()}`;
    const page = (number: number) =>
      api("GET", `/repos/octocat/hello-world/issues/7/comments?per_page=2&page=${number}`, authorization);
    const [first, last] = [await page(1), await page(3)];
    expect(first.data).toMatchObject([{ body: "0" }, { body: "1" }]);
    expect(first.headers.get("link")).toMatch(/page=2>; rel="next".*page=3>; rel="last"/);
    expect(last.data).toMatchObject([{ body: "4" }]);
    expect(last.headers.get("link")).not.toContain('rel="next"');
  });

  test("refuses comments that GitHub refuses", async () => {
    const authorization = `token ${await newToken()}`;
    const post = (body: unknown) =>
      api("POST", "/repos/octocat/hello-world/issues/7/comments", authorization, { body });
    expect((await post("")).status).toBe(422);
    expect((await post("x".repeat(65_537))).status).toBe(422);
    expect((await post("x".repeat(65_536))).status).toBe(201);
  });

  test("has its own account, and answers 404 for an unknown one", async () => {
    expect((await api("GET", "/users/agentbot%5Bbot%5D", null)).data).toMatchObject({ id: github.bot.id, type: "Bot" });
    expect((await api("GET", "/users/nobody", null)).status).toBe(404);
    expect((await api("GET", "/nothing", null)).status).toBe(404);
  });

  test("loses an answer before or after the work, by the fault, and only once", async () => {
    const authorization = `token ${await newToken()}`;
    const path = "/repos/octocat/hello-world/issues/7/comments";
    const post = () => api("POST", path, authorization, { body: "hello" });
    github.fail({ method: "POST" });
    await expect(post()).rejects.toThrow();
    expect(github.comments).toHaveLength(0);
    github.fail({ method: "POST", when: "after" });
    await expect(post()).rejects.toThrow();
    expect(github.comments).toHaveLength(1);
    github.fail({ method: "POST", when: "after", status: 502 });
    expect((await post()).status).toBe(502);
    github.fail({ method: "GET", status: 429, headers: { "retry-after": "3" } });
    expect((await post()).status).toBe(201);
    const limited = await api("GET", path, authorization);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "3"]);
    github.fail({ times: 2, status: 500 });
    github.clearFaults();
    expect((await api("GET", path, authorization)).status).toBe(200);
    expect(github.requests.filter(({ method }) => method === "GET").map(({ status }) => status)).toEqual([429, 200]);
  });

  test("closes twice as well as once", async () => {
    await Promise.all([github.close(), github.close()]);
  });
});

describe("webhookRequest", () => {
  test("signs the bytes it sends", () => {
    const { headers, body, method } = webhookRequest({
      event: "ping",
      payload: { zen: "é" },
      secret: "s",
      deliveryId: "1",
    });
    expect(method).toBe("POST");
    expect(headers).toMatchObject({
      "x-github-event": "ping",
      "x-github-delivery": "1",
      "x-hub-signature-256": signWebhook('{"zen":"é"}', "s"),
    });
    expect(Buffer.from(body).toString()).toBe('{"zen":"é"}');
    expect(webhookRequest({ event: "ping", payload: "raw", secret: "s" }).headers["x-hub-signature-256"]).toBe(
      signWebhook("raw", "s"),
    );
  });
});
