import { AgentBotError } from "@agentbot/core";
import { redactSecrets } from "@agentbot/core/adapter";

/** What was being done, for the message of an error. */
export interface FailedCall {
  /** In words that follow "while": `posting a comment`, say. */
  readonly doing: string;
  /** `owner/name`, or what else it was about. */
  readonly subject: string;
}

/** The parts of Octokit's RequestError that are read; a failed connection has no response. */
interface RequestErrorLike {
  readonly message: string;
  readonly status: number;
  readonly cause?: unknown;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data: unknown;
  };
}

/** Wait as long where GitHub's secondary limit names no time (docs.github.com, "Rate limits for the REST API"). */
const secondaryLimitMs = 60_000;

/** Is this an error of Octokit's? */
export function isRequestError(error: unknown): error is RequestErrorLike {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

/** The longest wait that is believed: limits are counted by the hour. */
const longestLimitMs = 3_660_000;

/** How long a rate limit asks to wait, in milliseconds; null when the answer is no rate limit. */
export function rateLimitMs(error: unknown, now: Date): number | null {
  const askedMs = isRequestError(error) ? askedToWaitMs(error, now) : null;
  return askedMs === null ? null : Math.min(askedMs, longestLimitMs);
}

function askedToWaitMs(error: RequestErrorLike, now: Date): number | null {
  if (error.status !== 403 && error.status !== 429) return null;
  const headers = error.response?.headers ?? {};
  const retryAfterSeconds = Number(headers["retry-after"] ?? Number.NaN);
  if (retryAfterSeconds >= 0) return retryAfterSeconds * 1000;
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const resetMs = Number(headers["x-ratelimit-reset"]) * 1000;
    // By GitHub's own clock: this machine's may be wrong.
    const saidMs = Date.parse(String(headers["date"]));
    const nowMs = Number.isFinite(saidMs) ? saidMs : now.getTime();
    return Number.isFinite(resetMs) ? Math.max(0, resetMs - nowMs) + 1000 : secondaryLimitMs;
  }
  return error.status === 429 || /secondary rate|abuse detection/i.test(error.message) ? secondaryLimitMs : null;
}

/** What GitHub said, short and without secrets. */
function said(error: RequestErrorLike): string {
  return redactSecrets(
    error.message
      .replace(/ - https?:\/\/\S+$/, "")
      .replace(/\s+/g, " ")
      .slice(0, 300),
  );
}

/** The {@link AgentBotError} for what GitHub answered; its message names the operation, the repository and the fix. */
export function mapGitHubError(error: unknown, { doing, subject }: FailedCall, now: Date): AgentBotError {
  if (AgentBotError.isInstance(error)) return error;
  const where = `while ${doing} (${subject})`;
  if (!isRequestError(error)) {
    return new AgentBotError("PROVIDER_UNAVAILABLE", `GitHub's answer could not be read ${where}; it is tried again`, {
      cause: error,
    });
  }
  const { status } = error;
  const details = { status, operation: doing, subject };
  if (!error.response) {
    const message = `GitHub could not be reached ${where}: ${said(error)}. Check the network and GITHUB_API_URL`;
    return new AgentBotError("PROVIDER_UNAVAILABLE", message, { cause: error.cause, details });
  }
  const answer = `GitHub answered ${status} ${where}: ${said(error)}.`;
  const retryAfterMs = rateLimitMs(error, now);
  if (retryAfterMs !== null) {
    const message = `GitHub limits our requests ${where}; it is tried again in ${Math.ceil(retryAfterMs / 1000)} s`;
    return new AgentBotError("PROVIDER_UNAVAILABLE", message, { retryAfterMs, details });
  }
  if (status === 401) {
    const fix = "Check GITHUB_APP_ID, GITHUB_PRIVATE_KEY and this machine's clock, and that the App is still installed";
    return new AgentBotError("PROVIDER_AUTHENTICATION_FAILED", `${answer} ${fix}`, { details });
  }
  if (status >= 500 || status === 408) {
    return new AgentBotError("PROVIDER_UNAVAILABLE", `${answer} It is tried again`, { details });
  }
  const fix =
    status === 403
      ? "Check that the App has the permissions contents, issues and pull requests (write), and that the conversation is not locked"
      : "Check that it still exists and that the App is installed there";
  return new AgentBotError("PROVIDER_REJECTED", `${answer} ${fix}`, { details });
}
