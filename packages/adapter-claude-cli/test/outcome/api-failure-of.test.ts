import { describe, expect, test } from "vitest";
import { type ApiFailure, apiFailureOf, isOutage } from "../../src/outcome/api-failure-of.js";
import { resultLineSchema } from "../../src/stream/line-schemas.js";
import { result } from "../speech.js";

interface Sign {
  readonly line?: object;
  readonly error?: string;
  readonly wasRefused?: boolean;
  readonly text?: string;
}

const failureOf = ({ line = {}, error, wasRefused = false, text = "" }: Sign): ApiFailure => ({
  result: resultLineSchema.parse(result({ is_error: true, ...line })),
  error: error ?? null,
  wasRefused,
  text,
});
const reasonFor = (sign: Sign): string | null => apiFailureOf(failureOf(sign));

describe("the reason of an API failure", () => {
  test.each<readonly [string, Sign, string | null]>([
    ["401", { line: { api_error_status: 401 } }, "agent_auth"],
    ["403", { line: { api_error_status: 403 } }, "agent_auth"],
    ["a 400 about credit", { line: { api_error_status: 400 }, error: "billing_error" }, "agent_auth"],
    [
      "a 400 about credit, in words",
      { line: { api_error_status: 400 }, text: "Credit balance is too low" },
      "agent_auth",
    ],
    ["no key at all", { error: "authentication_failed", text: "Not logged in · Please run /login" }, "agent_auth"],
    ["no key at all, in an older version", { text: "Invalid API key · Please run /login" }, "agent_auth"],
    ["429", { line: { api_error_status: 429 }, error: "rate_limit" }, "agent_rate_limited"],
    [
      "529, which is called a server error after retries",
      { line: { api_error_status: 529 }, error: "server_error" },
      "agent_overloaded",
    ],
    ["overloaded, in an older version", { text: 'API Error: 529 {"type":"error"}' }, "agent_overloaded"],
    ["overloaded, in words", { text: "API Error: Overloaded" }, "agent_overloaded"],
    ["a status in parentheses", { text: "API Error: Request rejected (429) · Slow down" }, "agent_rate_limited"],
    ["a missing model", { line: { api_error_status: 404 }, error: "model_not_found" }, "agent_misconfigured"],
    ["500", { line: { api_error_status: 500 }, error: "server_error" }, "agent_api"],
    ["400", { line: { api_error_status: 400 }, error: "invalid_request" }, "agent_api"],
    [
      "a refused connection",
      { error: "server_error", text: "API Error: Connection refused (ECONNREFUSED)" },
      "agent_api",
    ],
    [
      "an answer that is too long",
      { error: "max_output_tokens", text: "API Error: too many output tokens" },
      "agent_answer_too_long",
    ],
    ["an unknown error", { line: { terminal_reason: "api_error" } }, "agent_api"],
    [
      "a prompt too long",
      { line: { api_error_status: 400, terminal_reason: "prompt_too_long" } },
      "agent_prompt_too_long",
    ],
    ["a prompt too long, in an older version", { text: "Prompt is too long" }, "agent_prompt_too_long"],
    ["a refusal", { wasRefused: true, error: "invalid_request" }, "agent_refused"],
    ["a refusal, by its stop reason", { line: { stop_reason: "refusal" } }, "agent_refused"],
    ["something else", { line: { subtype: "error_during_execution" }, text: "It crashed near a rate limit." }, null],
  ])("%s", (_, sign, expected) => {
    expect(reasonFor(sign)).toBe(expected);
  });
});

describe("an API failure that a later attempt may not meet", () => {
  test.each<readonly [string, Sign, boolean]>([
    ["a refused connection", { error: "server_error", text: "API Error: Connection refused (ECONNREFUSED)" }, true],
    ["a stream that was cut", { line: { terminal_reason: "api_error" }, text: "API Error: Connection lost" }, true],
    ["500", { line: { api_error_status: 500 }, error: "server_error" }, true],
    ["503, in an older version", { text: "API Error: 503 Service Unavailable" }, true],
    ["400", { line: { api_error_status: 400 }, error: "invalid_request" }, false],
    ["a request that is wrong, without a status", { error: "invalid_request" }, false],
    ["401", { line: { api_error_status: 401 } }, false],
    ["429", { line: { api_error_status: 429 } }, false],
    ["529", { line: { api_error_status: 529 } }, false],
    ["a missing model", { line: { api_error_status: 404 }, error: "model_not_found" }, false],
    ["something else", { line: { subtype: "error_during_execution" }, text: "It crashed." }, false],
  ])("%s", (_, sign, expected) => {
    expect(isOutage(apiFailureOf(failureOf(sign)), failureOf(sign))).toBe(expected);
  });
});
