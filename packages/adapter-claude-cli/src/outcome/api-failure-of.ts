import type { AgentFailureReason } from "@agentbot/core";
import type { ResultLine } from "../stream/line-schemas.js";

/** The signs of a failed run, from the most reliable to the least. */
export interface ApiFailure {
  readonly result: ResultLine;
  /** The `error` of the failed API request, or null. */
  readonly error: string | null;
  readonly wasRefused: boolean;
  /** The error as text, the only sign in older versions. */
  readonly text: string;
}

const reasonOfStatus: Readonly<Record<number, AgentFailureReason>> = {
  401: "agent_auth",
  402: "agent_auth",
  403: "agent_auth",
  413: "agent_prompt_too_long",
  429: "agent_rate_limited",
  529: "agent_overloaded",
};

const reasonOfError: Readonly<Record<string, AgentFailureReason>> = {
  authentication_failed: "agent_auth",
  oauth_org_not_allowed: "agent_auth",
  billing_error: "agent_auth",
  rate_limit: "agent_rate_limited",
  overloaded: "agent_overloaded",
  model_not_found: "agent_misconfigured",
  max_output_tokens: "agent_answer_too_long",
};

const reasonOfWords: readonly (readonly [RegExp, AgentFailureReason])[] = [
  [/prompt is too long/i, "agent_prompt_too_long"],
  [/credit balance is too low|invalid api key|not logged in|please run \/login|authentication_error/i, "agent_auth"],
  [/overloaded/i, "agent_overloaded"],
  [/rate.?limit/i, "agent_rate_limited"],
  [/^API Error/, "agent_api"],
];

/** Returns why the Messages API failed the run, or null if something else did. */
export function apiFailureOf({ result, error, wasRefused, text }: ApiFailure): AgentFailureReason | null {
  if (result.terminal_reason === "prompt_too_long") return "agent_prompt_too_long";
  if (wasRefused || result.stop_reason === "refusal") return "agent_refused";
  const status = result.api_error_status ?? statusIn(text);
  const byStatus = status === null ? undefined : reasonOfStatus[status];
  const byError = error !== null && Object.hasOwn(reasonOfError, error) ? reasonOfError[error] : undefined;
  if (byStatus ?? byError) return byStatus ?? byError ?? null;

  const isApiFailure = status !== null || error !== null || result.terminal_reason === "api_error";
  // Text decides only where nothing better does: an agent may well write about rate limits.
  const byWords = reasonOfWords.find(([words]) => words.test(text))?.[1];
  if (isApiFailure) return byWords ?? "agent_api";
  return text.startsWith("API Error") || result.subtype === "success" ? (byWords ?? null) : null;
}

/**
 * Returns whether the API was down or not reachable, so that a later attempt may succeed: the CLI has repeated the
 * request for some seconds only, and an outage lasts longer. 401, 429 and 529 have reasons of their own and are final.
 */
export function isOutage(reason: AgentFailureReason | null, { result, error, text }: ApiFailure): boolean {
  if (reason !== "agent_api" || error === "invalid_request") return false;
  const status = result.api_error_status ?? statusIn(text);
  return status === null || status >= 500;
}

function statusIn(text: string): number | null {
  const found = /^API Error:? (?:[^\n]{0,80}?\()?(\d{3})\b/.exec(text);
  return found === null ? null : Number(found[1]);
}
