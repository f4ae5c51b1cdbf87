import { describe, expect, test } from "vitest";
import { runSpeech } from "./run-fixture.js";
import { init, result, says, session } from "./speech.js";

const ends: readonly (readonly [string, readonly unknown[], object])[] = [
  ["a success", [init(), result()], { status: "succeeded", reason: null, summary: "All done.", sessionId: session }],
  ["a result followed by text", [init(), result(), "bye", says("More.")], { status: "succeeded", reason: null }],
  [
    "a result, then exit 1",
    [init(), result(), { exit: 1 }],
    { status: "succeeded", summary: "All done.\n\nAfter its result the agent's process ended with code 1." },
  ],
  [
    "a result, then a crash",
    [init(), result(), { kill: "SIGSEGV" }],
    { status: "succeeded", summary: "All done.\n\nAfter its result the agent's process ended with SIGSEGV." },
  ],
  [
    "a result with tools that were denied",
    [init(), result({ permission_denials: [{ tool_name: "Bash" }, { tool_name: "Write" }, { tool_name: "Bash" }] })],
    { status: "succeeded", summary: "All done.\n\nTools that the agent was not allowed to use: Bash, Write." },
  ],
  [
    "a success whose last answer is a failed request",
    [init(), says("API Error: 500", { error: "server_error" }), result({ result: "API Error: 500" })],
    { status: "failed", reason: "agent_api", isRetryable: true },
  ],
  [
    "a success after a failed request that was repeated",
    [init(), says("API Error: 500", { error: "server_error" }), says("Now."), result()],
    { status: "succeeded" },
  ],
  ...["\u001b[?25h", "\ufeff", "\r\u0000"].map(
    (prefix) =>
      [
        `lines behind ${JSON.stringify(prefix)}`,
        [{ write: `${prefix}${JSON.stringify(init())}\n${prefix}${JSON.stringify(result())}\n` }],
        { status: "succeeded", sessionId: session },
      ] as const,
  ),
  ["work before the first line", [says("Hello."), init(), result()], { reason: "agent_misconfigured" }],
  ["work without the first line", [says("Hello."), result()], { reason: "agent_misconfigured" }],
  ["a success without the first line", [result()], { reason: "agent_misconfigured" }],
  ["no permission mode", [init({ permissionMode: 7 }), result()], { reason: "agent_misconfigured" }],
  ["no readable servers", [init({ mcp_servers: "many" }), result()], { reason: "agent_misconfigured" }],
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

describe("a session that the API refuses", () => {
  const refusals = [
    [
      "damaged",
      result({
        is_error: true,
        api_error_status: 400,
        result: "API Error: 400 Invalid `signature` in `thinking` block",
      }),
    ],
    ["too long", result({ is_error: true, terminal_reason: "prompt_too_long", result: "Prompt is too long" })],
  ] as const;

  test.each(refusals)(
    "is dropped because it is %s: the run begins without it, as its summary reports",
    async (_, refusal) => {
      const { outcome } = await runSpeech([{ ifResumed: [init(), refusal, { exit: 1 }] }, init(), result()], {
        job: { sessionId: session },
      });
      expect(outcome).toMatchObject({
        status: "succeeded",
        sessionId: session,
        usage: { costUsd: 1, inputTokens: 200 },
      });
      expect(outcome.summary).toBe(
        "The earlier session could not be resumed, so this run began without it.\n\nAll done.",
      );
    },
  );

  test("is dropped once: a run without one keeps the API's failure", async () => {
    const { outcome } = await runSpeech([init(), refusals[0][1], { exit: 1 }], { job: { sessionId: session } });
    expect(outcome).toMatchObject({ status: "failed", reason: "agent_api", isRetryable: false });
  });

  test("leaves no run without a budget", async () => {
    const { outcome } = await runSpeech([init(), refusals[0][1], { exit: 1 }], {
      job: { sessionId: session, budgetUsd: 0.5 },
    });
    expect(outcome).toMatchObject({ reason: "budget", usage: { costUsd: 0.5 } });
  });

  test("is kept while the API is down", async () => {
    const down = result({ is_error: true, api_error_status: 500, result: "API Error: 500" });
    const { outcome } = await runSpeech([init(), down, { exit: 1 }], { job: { sessionId: session } });
    expect(outcome).toMatchObject({ reason: "agent_api", isRetryable: true, sessionId: session });
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

describe("a run whose tokens cost more than its budget, whatever cost it reports", () => {
  const million = (id: string) => {
    const usage = { input_tokens: 1_000_000, output_tokens: 0 };
    return { type: "assistant", message: { id, model: "claude-sonnet-4-6", content: [], usage } };
  };
  const job = { budgetUsd: 5 };
  const overspent = { status: "failed", reason: "budget", isRetryable: false, sessionId: session };

  test("is stopped although it works on", async () => {
    const steps = Array.from({ length: 600 }, (_, turn) => [million(`${turn}`), { waitMs: 500 }]).flat();
    const { outcome } = await runSpeech([init(), ...steps], { job });
    expect(outcome).toMatchObject(overspent);
    expect(outcome.usage.costUsd).toBeGreaterThan(5);
    expect(outcome.turns).toBeLessThan(600);
  });

  test("fails although it reports a success that was free", async () => {
    const free = result({ total_cost_usd: 0, usage: {} });
    const { outcome } = await runSpeech([init(), million("1"), million("2"), free], { job });
    expect(outcome).toMatchObject({ ...overspent, usage: { costUsd: 6, inputTokens: 2_000_000 } });
  });

  test("is stopped although it goes on after such a result", async () => {
    const steps = [init(), result({ total_cost_usd: 0 }), million("1"), million("2"), { waitMs: 3_600_000 }];
    const { outcome } = await runSpeech(steps, { job, options: { lingerMs: 3_000_000 } });
    expect(outcome).toMatchObject({ ...overspent, usage: { costUsd: 6 } });
  });

  test("has its own figures if it ends by itself at its budget", async () => {
    const stop = result({ subtype: "error_max_budget_usd", is_error: true, total_cost_usd: 6.5 });
    const { outcome } = await runSpeech([init(), million("1"), million("2"), stop], { job });
    expect(outcome).toMatchObject({ ...overspent, usage: { costUsd: 6.5 } });
  });
});
