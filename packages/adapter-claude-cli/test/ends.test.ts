import { describe, expect, test } from "vitest";
import { runSpeech } from "./run-fixture.js";
import { init, result, says, session } from "./speech.js";

const ends: readonly (readonly [string, readonly unknown[], object])[] = [
  ["a success", [init(), result()], { status: "succeeded", reason: null, summary: "All done.", sessionId: session }],
  ["a result followed by text", [init(), result(), "bye", says("More.")], { status: "succeeded", reason: null }],
  [
    "a result, then exit 1",
    [init(), result(), { exit: 1 }],
    { status: "failed", reason: "agent_interrupted", isRetryable: true, summary: expect.stringContaining("All done.") },
  ],
  [
    "a result, then a crash",
    [init(), result(), { kill: "SIGSEGV" }],
    { reason: "agent_interrupted", isRetryable: true },
  ],
  ["exit 0 with an error in the result", [init(), result({ is_error: true })], { reason: "agent_failed" }],
  ["a result without is_error", [init(), result({ is_error: undefined })], { reason: "agent_failed" }],
  ["a result of an unknown kind", [init(), result({ subtype: "error_new_kind" })], { reason: "agent_failed" }],
  [
    "an unknown kind of error",
    [
      init(),
      result({ subtype: "error_new_kind", is_error: true, result: undefined, errors: ["What it was."] }),
      { exit: 1 },
    ],
    { reason: "agent_failed", isRetryable: false, summary: "What it was." },
  ],
  [
    "failed structured output",
    [init(), result({ subtype: "error_max_structured_output_retries", is_error: true }), { exit: 1 }],
    { reason: "agent_failed" },
  ],
  ["two results, the last one good", [init(), result({ is_error: true }), result()], { status: "succeeded" }],
  [
    "two results, the last one bad",
    [init(), result(), result({ is_error: true, result: "No." })],
    { status: "failed" },
  ],
  [
    "exit 0 without a result",
    [init(), says("[Request interrupted by user]")],
    { reason: "agent_interrupted", isRetryable: true },
  ],
  [
    "exit 1 without a result",
    [init(), { exit: 1 }],
    { reason: "agent_interrupted", isRetryable: true, sessionId: session },
  ],
  ["exit 137, as when memory ran out", [init(), { exit: 137 }], { reason: "agent_interrupted", isRetryable: true }],
  [
    "a death by SIGKILL",
    [init(), { kill: "SIGKILL" }, { waitMs: 5000 }],
    { reason: "agent_interrupted", isRetryable: true },
  ],
  ["a death before the first output", [{ kill: "SIGKILL" }, { waitMs: 5000 }], { reason: "agent_interrupted" }],
  ["exit 139 before the first output", [{ exit: 139 }], { reason: "agent_interrupted", isRetryable: true }],
  [
    "exit 0 without output",
    [],
    { reason: "agent_misconfigured", isRetryable: false, summary: expect.stringContaining("code 0") },
  ],
  [
    "an explanation on standard error and no other output",
    [{ stderr: "error: unknown option '--x'\n" }, { exit: 1 }],
    { reason: "agent_misconfigured", isRetryable: false, summary: "error: unknown option '--x'" },
  ],
  ["plain text instead of the protocol", ["Usage: claude [options]", { exit: 2 }], { reason: "agent_misconfigured" }],
  [
    "a lost session reported on standard error alone",
    [{ stderr: `No conversation found with session ID: ${session}\n` }, { exit: 1 }],
    { reason: "agent_session_unknown", sessionId: null },
  ],
  [
    "a result that is cut off",
    [init(), { write: '{"type":"result","subtype":"succ' }],
    { reason: "agent_interrupted" },
  ],
  ["a whole result without a line end", [init(), { write: JSON.stringify(result()) }], { status: "succeeded" }],
];

describe("how a run ends", () => {
  test.each(ends)("%s", async (_, steps, expected) => {
    const { outcome } = await runSpeech(steps);
    expect(outcome).toMatchObject(expected);
  });
});

describe.concurrent("a run that does not end by itself", () => {
  const forever = { waitMs: 3_600_000 };

  test("never starts", async ({ expect }) => {
    const { outcome } = await runSpeech(["loading", forever], { options: { startTimeoutMs: 300 } });
    expect(outcome).toMatchObject({ reason: "agent_timed_out", isRetryable: true });
  });

  test("falls silent", async ({ expect }) => {
    const { outcome } = await runSpeech([init(), says("Wait."), forever], { options: { idleTimeoutMs: 1500 } });
    expect(outcome).toMatchObject({ reason: "agent_timed_out", sessionId: session, turns: 1 });
  });

  test("works on and on", async ({ expect }) => {
    const steps = Array.from({ length: 200 }, () => [says("Still at it."), { waitMs: 50 }]).flat();
    const { outcome } = await runSpeech([init(), ...steps], {
      job: { timeoutMs: 4000 },
      options: { idleTimeoutMs: 3000 },
    });
    expect(outcome).toMatchObject({ reason: "agent_timed_out", isRetryable: false, sessionId: session });
  });

  test("stays after its result, which is kept", async ({ expect }) => {
    const { outcome } = await runSpeech([init(), result(), forever], { options: { lingerMs: 200 } });
    expect(outcome).toMatchObject({ status: "succeeded", summary: "All done.", usage: { costUsd: 0.5 } });
  });

  test("stays after a failure, which is kept", async ({ expect }) => {
    const failure = result({ is_error: true, api_error_status: 529, result: "API Error: 529" });
    const { outcome } = await runSpeech([init(), failure, forever], { options: { lingerMs: 200 } });
    expect(outcome).toMatchObject({ reason: "agent_overloaded" });
  });

  test("has its result when the job's time is up", async ({ expect }) => {
    const { outcome } = await runSpeech([init(), result(), forever], {
      job: { timeoutMs: 4000 },
      options: { lingerMs: 60_000 },
    });
    expect(outcome).toMatchObject({ status: "succeeded" });
  });

  test("is aborted after its result: the outcome is an abort with the usage", async ({ expect }) => {
    const abort = new AbortController();
    const { outcome } = await runSpeech([init(), result(), says("After it."), forever], {
      signal: abort.signal,
      onEvent: ({ type }) => type === "agent:message" && abort.abort(),
    });
    expect(outcome).toMatchObject({ reason: "agent_aborted", usage: { costUsd: 0.5, inputTokens: 100 } });
  });
});
