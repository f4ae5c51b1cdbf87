import { AgentBotError } from "@agentbot/core";
import { describe, expect, test } from "vitest";
import { createServerLogger, type ServerLoggerOptions } from "../../src/log/create-server-logger.js";

const secret = "canary-0123456789-abcdef";

function createLog(options: Partial<ServerLoggerOptions> = {}) {
  let written = "";
  const destination = {
    write(line: string) {
      written += line;
    },
  };
  const logger = createServerLogger({ level: "debug", secrets: [secret], destination, ...options });
  return {
    logger,
    text: () => written,
    lines: () =>
      written
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe("a line of the log", () => {
  test("has facts and a sentence, and those of the logger it came from", () => {
    const log = createLog();
    log.logger.child({ taskId: "t1" }).warn({ attempt: 2, at: new Date(0), nothing: null }, "It waits");
    expect(log.lines()).toEqual([
      expect.objectContaining({ level: 40, taskId: "t1", attempt: 2, nothing: null, msg: "It waits" }),
    ]);
    expect(log.text()).toContain("1970-01-01T00:00:00.000Z");
  });

  test.each<[string, (log: ReturnType<typeof createLog>) => void]>([
    ["a fact", ({ logger }) => logger.info({ note: `it is ${secret}.` }, "x")],
    ["a fact deep inside", ({ logger }) => logger.info({ a: [{ b: { c: secret } }] }, "x")],
    ["a key", ({ logger }) => logger.info({ [secret]: 1 }, "x")],
    ["the sentence", ({ logger }) => logger.info({}, `it is ${secret}`)],
    ["a child's facts", ({ logger }) => logger.child({ note: secret }).info({}, "x")],
    ["an error's message", ({ logger }) => logger.error({ err: new Error(`no ${secret}`) }, "x")],
    ["an error's cause", ({ logger }) => logger.error({ err: new Error("a", { cause: new Error(secret) }) }, "x")],
    ["an error's details", ({ logger }) => logger.error({ err: Object.assign(new Error("a"), { sql: secret }) }, "x")],
    ["base64", ({ logger }) => logger.info({ header: `Basic ${Buffer.from(`x:${secret}`).toString("base64")}` }, "x")],
    ["a URL's user", ({ logger }) => logger.info({ url: `https://x:${secret}@host/` }, "x")],
  ])("never holds a secret: in %s", (_, write) => {
    const log = createLog();
    write(log);
    expect(log.lines()).toHaveLength(1);
    expect(log.text()).toContain("[redacted]");
    expect(log.text()).not.toContain(secret);
    expect(log.text()).not.toContain(Buffer.from(`x:${secret}`).toString("base64"));
  });

  test.each(["authorization", "cookie", "apiKey", "webhookSecret", "access_token", "x-hub-signature-256", "password"])(
    "holds no %s, however harmless it looks",
    (key) => {
      const log = createLog();
      log.logger.info({ headers: { [key]: "harmless" }, inputTokens: 7 }, "x");
      expect(log.lines()[0]).toMatchObject({ headers: { [key]: "[redacted]" }, inputTokens: 7 });
    },
  );

  test("holds no query of a URL, which may be a secret under any name", () => {
    const log = createLog();
    log.logger.info(
      { url: "https://a.example/x?k=hidden1#f", at: new URL("https://b.example/?hidden2") },
      "GET http://c.example/y?q=hidden3 failed",
    );
    expect(log.text()).not.toContain("hidden");
    expect(log.lines()[0]).toMatchObject({ url: "https://a.example/x", msg: "GET http://c.example/y failed" });
  });

  test("cannot control the terminal that shows it", () => {
    const log = createLog();
    const text = "a\u001b]52;c;eA==\u0007\u009b2J\u007f\u202e\u2028\u0085b";
    log.logger.child({ from: text }).info({ [text]: text, err: new Error(text) }, text);
    expect(log.text().trimEnd()).not.toMatch(/[\p{Cc}\p{Zl}\u202e]/u);
    expect(log.lines()[0]).toMatchObject({ from: text, msg: text });
  });

  test("cannot be forged by a line break", () => {
    const log = createLog();
    const forged = 'x\r\n{"level":60,"msg":"root logged in"}\u2028\u0000';
    log.logger.child({ from: forged }).info({ [forged]: forged, err: new Error(forged) }, forged);
    expect(log.text().split("\n")).toHaveLength(2);
    expect(log.lines()[0]).toMatchObject({ level: 30, msg: forged });
  });

  test("logs an error with its code, its cause and its origin", () => {
    const log = createLog();
    const cause = new TypeError("the cause");
    log.logger.error({ err: new AgentBotError("GIT_FAILED", "git said no", { cause }) }, "x");
    expect(log.lines()[0]?.["err"]).toMatchObject({
      message: expect.stringContaining("git said no"),
      code: "GIT_FAILED",
      stack: expect.stringContaining("create-server-logger.test"),
      cause: { message: "the cause" },
    });
  });

  test("survives facts that cannot be serialized", () => {
    const log = createLog();
    const circle: Record<string, unknown> = { big: 10n, bytes: Buffer.alloc(9), text: "x".repeat(100_000) };
    circle["itself"] = circle;
    log.logger.info(circle, "x");
    expect(log.lines()[0]).toMatchObject({ big: "10", bytes: "[9 bytes]" });
    expect(log.text().length).toBeLessThan(200_000);
  });

  test("gets the ids of what is going on, unless it has them", () => {
    const log = createLog({ scopeFacts: () => ({ taskId: "around", requestId: "r1" }) });
    log.logger.info({}, "a");
    log.logger.child({ taskId: "own" }).info({}, "b");
    log.logger.info({ taskId: "own" }, "c");
    expect(log.lines().map(({ taskId, requestId }) => [taskId, requestId])).toEqual([
      ["around", "r1"],
      ["own", "r1"],
      ["own", "r1"],
    ]);
    expect(log.text().match(/"taskId"/g)).toHaveLength(3);
  });

  test("is not made at all below its level", () => {
    const log = createLog({ level: "warn" });
    log.logger.info(
      {
        get note() {
          throw new Error("no access");
        },
      },
      "x",
    );
    expect(log.text()).toBe("");
  });
});
