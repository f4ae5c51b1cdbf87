import { AgentBotError, type Clock } from "@agentbot/core";
import { redactSecrets, shortenText } from "@agentbot/core/adapter";
import { z } from "zod";

/** A call as error messages describe it. */
export interface FailedCall {
  /** In words that follow "while", such as `posting a comment`. */
  readonly doing: string;
  /** The repository as `owner/name`, or the App. */
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

/** The wait for a secondary limit that names no time, in milliseconds (docs.github.com, "Rate limits for the REST API"). */
const secondaryLimitMs = 60_000;

/** Returns true for Octokit's RequestError. */
export function isRequestError(error: unknown): error is RequestErrorLike {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

/** The longest plausible wait, in milliseconds: limits are counted by the hour. */
const maxLimitMs = 3_660_000;

/** The wait that a rate limit demands, in milliseconds; null for any other answer. */
export function rateLimitMs(error: unknown, now: Date): number | null {
  const demandedMs = isRequestError(error) ? demandedWaitMs(error, now) : null;
  return demandedMs === null ? null : Math.min(demandedMs, maxLimitMs);
}

function demandedWaitMs(error: RequestErrorLike, now: Date): number | null {
  if (error.status !== 403 && error.status !== 429) return null;
  const headers = error.response?.headers ?? {};
  const retryAfterSeconds = Number(headers["retry-after"] ?? Number.NaN);
  if (retryAfterSeconds >= 0) return retryAfterSeconds * 1000;
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const resetMs = Number(headers["x-ratelimit-reset"]) * 1000;
    // Measured by GitHub's own clock, since this machine's may be wrong.
    const githubMs = Date.parse(String(headers["date"]));
    const nowMs = Number.isFinite(githubMs) ? githubMs : now.getTime();
    return Number.isFinite(resetMs) ? Math.max(0, resetMs - nowMs) + 1000 : secondaryLimitMs;
  }
  return error.status === 429 || /secondary rate|abuse detection/i.test(error.message) ? secondaryLimitMs : null;
}

/** Pauses that GitHub's rate limits demand, by throttle key: requests during a limit make it last longer. */
export interface RateLimitPauses {
  /** Begins or prolongs a pause. */
  begin(throttleKey: string, durationMs: number): void;
  /**
   * Returns if no pause is under way.
   *
   * @throws AgentBotError `PROVIDER_UNAVAILABLE` with the rest of the pause
   */
  check(throttleKey: string, call: FailedCall): void;
}

/** No pause yet. (docs.github.com, "Best practices for using the REST API": wait as long as the answer demands) */
export function createRateLimitPauses(clock: Clock): RateLimitPauses {
  const endsAtMs = new Map<string, number>();
  return {
    begin(throttleKey, durationMs) {
      const endMs = clock.monotonicMs() + durationMs;
      endsAtMs.set(throttleKey, Math.max(endMs, endsAtMs.get(throttleKey) ?? 0));
    },
    check(throttleKey, { doing, subject }) {
      const leftMs = (endsAtMs.get(throttleKey) ?? 0) - clock.monotonicMs();
      if (leftMs > 0) {
        const message = `GitHub's rate limit ends in ${Math.ceil(leftMs / 1000)} s; ${doing} (${subject}) waits`;
        throw new AgentBotError("PROVIDER_UNAVAILABLE", message, { retryAfterMs: leftMs });
      }
      endsAtMs.delete(throttleKey);
    },
  };
}

const errorBody = z.object({
  message: z.string(),
  errors: z
    .array(z.object({ message: z.string().nullish(), field: z.string().nullish(), code: z.string().nullish() }))
    .catch([])
    .default([]),
});

const maxMessageCharacters = 300;

/** GitHub's message on one line, short and without secrets. */
function messageOf(error: RequestErrorLike): string {
  const body = errorBody.safeParse(error.response?.data).data;
  const reasons = (body?.errors ?? [])
    .map(({ message, field, code }) => message ?? [field, code?.replaceAll("_", " ")].filter(Boolean).join(": "))
    .filter((reason) => reason !== "");
  const text = body ? [body.message, ...reasons].join(": ") : error.message.replace(/ - https?:\/\/\S+$/, "");
  return shortenText(redactSecrets(text.replace(/[\s\p{Cc}]+/gu, " ").trim()), maxMessageCharacters);
}

/** The error of a call that needs permissions which the installation has not granted, such as `issues=write`. */
export function permissionMissing(permissions: string, subject: string): AgentBotError {
  const message = `The App lacks the permission ${permissions} (${subject}): grant it in the App's settings and accept it in the installation`;
  const details = { reason: "permission_missing", permissions, subject };
  return new AgentBotError("PROVIDER_REJECTED", message, { details });
}

/** The error of a redirect that is not followed. */
export function refusedRedirect(status: number, location: string | undefined, call: FailedCall): AgentBotError {
  const { doing, subject } = call;
  const host = location !== undefined && URL.canParse(location) ? ` to ${new URL(location).host}` : "";
  const message = `GitHub redirects${host} (${status}) while ${doing} (${subject}), where the credential is not sent. Check GITHUB_API_URL, and that the conversation was not moved`;
  const answer = "it has moved to another address.";
  return new AgentBotError("PROVIDER_REJECTED", message, { details: { status, operation: doing, subject, answer } });
}

/** GitHub's words in a refusal, with the meaning of a status that has one. */
function answerOf(status: number, words: string): string {
  const sentence = /[.!?]$/.test(words) ? words : `${words}.`;
  if (status === 451) return `it was taken down for legal reasons. ${sentence}`;
  return status === 410 ? `it is gone, or switched off there. ${sentence}` : sentence;
}

/** Maps an error of Octokit to an AgentBotError, whose message names the operation, the repository and the fix. */
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
    const message = `GitHub could not be reached ${where}: ${messageOf(error)}. Check the network and GITHUB_API_URL`;
    return new AgentBotError("PROVIDER_UNAVAILABLE", message, { cause: error.cause, details });
  }
  const words = messageOf(error);
  const answer = `GitHub answered ${status} ${where}: ${words}.`;
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
  const accepted = error.response.headers["x-accepted-github-permissions"];
  if (status === 403 && accepted && /not accessible by integration/i.test(words)) {
    // Alternatives are separated by semicolons, permissions that are needed together by commas.
    const permissions = String(accepted).slice(0, 200).replace(/;\s*/g, " or ").replace(/,\s*/g, ", ");
    const { message, details: lacking } = permissionMissing(permissions, subject);
    const options = { details: { ...details, ...lacking } };
    return new AgentBotError("PROVIDER_REJECTED", `${answer} ${message}`, options);
  }
  const fix =
    status === 403
      ? "Check that the App has the permissions contents, issues and pull requests (write), and that the conversation is not locked"
      : "Check that it still exists and that the App is installed there";
  return new AgentBotError("PROVIDER_REJECTED", `${answer} ${fix}`, {
    details: { ...details, answer: answerOf(status, words) },
  });
}

/** The author of a comment, review or pull request in GitHub's answers. */
export const author = z.object({ id: z.int().optional(), login: z.string(), type: z.string().nullish() });

/** Returns true for a person's account, false for an App's bot. */
export function isPerson({ login, type }: z.output<typeof author>): boolean {
  return type !== "Bot" && !login.endsWith("[bot]");
}

/** Returns true if GitHub answered the call itself with this status, not the request for its token. */
export function isStatus(error: unknown, status: number, doing: string): error is AgentBotError {
  if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) return false;
  return error.details["status"] === status && error.details["operation"] === doing;
}

/**
 * Parses the part of an answer that is used.
 *
 * @throws AgentBotError `PROVIDER_UNAVAILABLE` if it is not what GitHub documents, e.g. because a proxy answered
 */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, data: unknown, doing: string): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new AgentBotError(
    "PROVIDER_UNAVAILABLE",
    `GitHub's answer while ${doing} lacks: ${fields || "a body"}. Check that GITHUB_API_URL is GitHub's API`,
  );
}
