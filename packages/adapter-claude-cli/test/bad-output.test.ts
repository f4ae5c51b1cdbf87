import { describe, expect, test } from "vitest";
import { runSpeech } from "./run-fixture.js";
import { init, result, says, session } from "./speech.js";

describe("malformed output", () => {
  test("noise between the lines is skipped and reported", async () => {
    const warnings: object[] = [];
    const silent = () => {};
    const logger = {
      debug: silent,
      info: silent,
      error: silent,
      child: () => logger,
      warn: (facts: object) => warnings.push(facts),
    };
    const noise = [
      "",
      "Update available!",
      "\u001b[31mred\u001b[0m",
      "[=====>   ]\r",
      "42",
      '"text"',
      "null",
      "[1,2]",
      "{}",
      '{"type":7}',
    ];
    const options = { logger, apiKey: "a-key-of-this-test-only" };
    const { outcome } = await runSpeech([init(), ...noise, result()], { options });
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(warnings).toMatchObject([{ noise: noise.length, lines: 2, results: 1 }]);
  });

  test("unknown kinds and odd shapes are tolerated", async () => {
    const odd = [
      { type: "from_the_future", payload: {} },
      { type: "system" },
      { type: "system", subtype: "status" },
      { type: "assistant" },
      { type: "assistant", message: null },
      { type: "assistant", message: { content: "plain text" } },
      { type: "assistant", message: { id: 7, content: [null, 3, { type: "thinking" }, { type: "text" }] } },
      {
        type: "user",
        message: { content: [{ type: "tool_result", content: [{ type: "image" }, { type: "text", text: "t" }] }] },
      },
      { type: "user", message: { content: [{ type: "tool_result" }] } },
    ];
    const { outcome, events } = await runSpeech([init({ tools: "many" }), ...odd, result()]);
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(events.map(({ type, data }) => [type, data["text"]])).toEqual([
      ["agent:started", undefined],
      ["agent:message", "plain text"],
      ["agent:tool-returned", "[image]\nt"],
      ["agent:tool-returned", ""],
    ]);
  });

  test("a result with malformed figures still ends the run", async () => {
    const odd = {
      total_cost_usd: -1,
      num_turns: "many",
      usage: { input_tokens: 1.5, output_tokens: null },
      modelUsage: [],
      errors: "x",
    };
    const { outcome } = await runSpeech([init(), result(odd)]);
    expect(outcome).toMatchObject({
      status: "succeeded",
      turns: 0,
      usage: { costUsd: 0, inputTokens: 0, outputTokens: 0 },
    });
  });

  test("a byte order mark, carriage returns, NUL, invalid UTF-8 and line separators do no harm", async () => {
    const lines = `\uFEFF${JSON.stringify(init())}\r\n${JSON.stringify(says("a\u2028b\0c\ud800"))}\r\n${JSON.stringify(result())}\r\n`;
    const { outcome, events } = await runSpeech([{ write: lines }]);
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(events[1]?.data["text"]).toBe("a\u2028bc\ufffd");
  });

  test("a session id that is a path is not kept", async () => {
    const id = { session_id: "../../../etc/passwd" };
    expect((await runSpeech([init(id), result(id)])).outcome).toMatchObject({ status: "succeeded", sessionId: null });
  });

  test("a session id that changes during the run is not kept", async () => {
    const other = "00000000-0000-4000-8000-000000000000";
    expect((await runSpeech([init(), result({ session_id: other })])).outcome.sessionId).toBeNull();
    expect((await runSpeech([init(), result({ session_id: null })])).outcome.sessionId).toBe(session);
  });

  test("texts are cut to size and never hold the key", async () => {
    const key = "sk-ant-api03-0123456789";
    const huge = `${key} ${"é".repeat(2_500_000)}`;
    const steps = [init(), says(huge), result({ result: huge })];
    const { outcome, events } = await runSpeech(steps, { options: { apiKey: key } });
    expect(outcome.status).toBe("succeeded");
    expect(Buffer.byteLength(outcome.summary)).toBeLessThanOrEqual(128 * 1024);
    expect(outcome.summary.startsWith("[redacted] éé")).toBe(true);
    expect(Buffer.byteLength(String(events[1]?.data["text"]))).toBeLessThanOrEqual(32_768);
    expect(JSON.stringify(events)).not.toContain(key);

    const failed = await runSpeech([{ stderr: `the key ${key} is bad` }, { exit: 1 }], { options: { apiKey: key } });
    expect(failed.outcome).toMatchObject({ reason: "agent_misconfigured", summary: "the key [redacted] is bad" });
  });

  test("a line of 20,000 blocks is an event for each of the first hundred", async () => {
    const content = Array.from({ length: 20_000 }, (_, index) => ({ type: "text", text: `block ${index}` }));
    const line = JSON.stringify({ type: "assistant", message: { id: "m", content } });
    const { outcome, events } = await runSpeech([init(), line, result()]);
    expect(outcome.status).toBe("succeeded");
    expect(events.filter(({ type }) => type === "agent:message")).toHaveLength(100);
  });

  test("extremely nested input can't break the run", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const line = `{"type":"assistant","message":{"id":"m","content":[{"type":"tool_use","name":"Deep","input":${deep}}]}}\n`;
    const { outcome, events } = await runSpeech([init(), { write: line }, result()]);
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(events).toHaveLength(2);
  });

  test("a line that never ends is cut off, and the program with it", async () => {
    const { outcome } = await runSpeech([init(), { endless: true }]);
    expect(outcome).toMatchObject({ reason: "agent_failed", isRetryable: false, sessionId: session });
  });

  test("half a million tiny lines do not block this process", async () => {
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 5);
    const { outcome } = await runSpeech([init(), { flood: 500_000 }, result()]);
    clearInterval(turn);
    expect(outcome).toMatchObject({ status: "succeeded" });
    expect(turns).toBeGreaterThan(10);
  });
});
