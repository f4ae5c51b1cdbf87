import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { type ConsoleLoggerOptions, createConsoleLogger } from "../../src/logger/create-console-logger.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { loggerContract } from "../../src/testing/logger-contract.js";

const secret = "canary-0123456789-abcdef";
const clock = createManualClock();

function createLog({ isTTY = false, hasColors = false, ...options }: ConsoleLoggerOptions & Terminal = {}) {
  const written: string[] = [];
  const write = (line: string) => written.push(line);
  const stream = { write, isTTY, hasColors: () => hasColors };
  const logger = createConsoleLogger({ secrets: [secret], stream, clock, ...options });
  return { logger, text: () => written.join("") };
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly hasColors?: boolean;
}

describe("the console logger", () => {
  const create = async () => ({ subject: createLog().logger, dispose: async () => {} });
  for (const { name, run } of loggerContract({ create })) test(name, run);

  test("writes one JSON object a line, with the fields of pino, where there is no terminal", () => {
    const { logger, text } = createLog();
    logger.child({ taskId: "t1" }).warn({ attempt: 2, msg: "other" }, "It waits");
    logger.debug({}, "never written");
    const time = clock.now().getTime();
    expect(text()).toBe(`${JSON.stringify({ level: 40, time, msg: "It waits", taskId: "t1", attempt: 2 })}\n`);
  });

  test("writes lines for people on a terminal: an error's stack and its causes are below", () => {
    const { logger, text } = createLog({ isTTY: true, level: "debug" });
    const cause = new TypeError("the cause");
    logger.child({ taskId: "t1" }).debug({ note: "two words", count: 2 }, "It begins");
    logger.error({ err: new AgentBotError("GIT_FAILED", "git failed", { cause }) }, "It failed");
    const [begin, failed, ...stack] = text().split("\n");
    const time = clock.now().toISOString().slice(11, 19);
    expect(begin).toBe(`${time} DEBUG It begins taskId=t1 note="two words" count=2`);
    expect(failed).toBe(`${time} ERROR It failed`);
    expect(stack.join("\n")).toMatch(
      /^ {4}AgentBotError: git failed\n {8}at .*create-console-logger\.test[\s\S]*\n {4}TypeError: the cause\n {8}at /,
    );
  });

  test("writes the code and the details of an error and of its causes below their stacks on a terminal", () => {
    const { logger, text } = createLog({ isTTY: true });
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const details = { kind: "disk", note: `two words, ${secret}\nand a line`, count: 2 };
    logger.warn({ err: new AgentBotError("GIT_FAILED", "git failed", { cause, details }) }, "It failed");
    expect(text()).toMatch(
      /\n {8}code=GIT_FAILED kind=disk note="two words, \[redacted\]\\nand a line" count=2\n {4}Error: refused\n/,
    );
    expect(text()).toMatch(/\n {8}code=ECONNREFUSED\n$/);
  });

  test("has colours where the terminal shows them", () => {
    const { logger, text } = createLog({ isTTY: true, hasColors: true });
    logger.info({}, "It runs");
    expect(text()).toContain("\u001b[36mINFO \u001b[0m It runs\n");
  });

  test.each([true, false])("lets no text begin a line or control a terminal: %s", (isTTY) => {
    const { logger, text } = createLog({ isTTY });
    const forged = "x\r\n12:00:00 INFO  root logged in\u2028\u009b2J\u001b[2J\u0007\u001b]52;c;eA==\u0007\u202e\u007f";
    logger.child({ from: forged }).info({ [forged]: forged }, forged);
    expect(text().trimEnd().split("\n")).toHaveLength(1);
    expect(text().trimEnd()).not.toMatch(/[\p{Cc}\p{Zl}\u202e]/u);
    if (!isTTY) expect(JSON.parse(text())).toMatchObject({ from: forged, msg: forged });
  });

  test.each([true, false])("holds no secret, whatever it is in: %s", (isTTY) => {
    const { logger, text } = createLog({ isTTY });
    const err = Object.assign(new Error(secret, { cause: new Error(secret) }), { sql: secret });
    const facts = { a: [{ b: secret }], [secret]: 1, password: "harmless", url: `https://x.example/?k=${secret}`, err };
    logger.child({ note: secret }).info(facts, `it is ${secret} or ghp_${"a".repeat(36)}`);
    expect(text()).toContain("[redacted]");
    for (const hidden of [secret, "harmless", "ghp_"]) expect(text()).not.toContain(hidden);
  });

  test("survives facts that cannot be serialized", () => {
    const circle: Record<string, unknown> = { big: 10n, bytes: Buffer.alloc(9), text: "x".repeat(100_000) };
    circle["itself"] = circle;
    for (const isTTY of [true, false]) {
      const { logger, text } = createLog({ isTTY });
      logger.info(circle, "x");
      expect(text()).toContain("[9 bytes]");
      expect(text().length).toBeLessThan(200_000);
    }
  });
});
