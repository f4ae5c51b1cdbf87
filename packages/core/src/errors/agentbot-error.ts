import { type ErrorCode, type ErrorCodeFacts, errorCodes } from "./error-codes.js";

const marker = Symbol.for("agentbot.error");

/** Optional parts of an {@link AgentBotError}. */
export interface AgentBotErrorOptions {
  /** The cause, kept as the standard `cause`. */
  readonly cause?: unknown;
  /**
   * Facts for the log. Never secrets, never untrusted text, with one exception: `answer` is the other side's own words, one or
   * more whole sentences on one line. They are shown without secrets only. `problems`, which the message lists too, is kept
   * as a property that is not enumerated.
   */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Overrides the code's default of `errorCodes`. */
  readonly isRetryable?: boolean;
  /** Overrides the code's default likewise, e.g. for a network that is down. */
  readonly isOutage?: boolean;
  /** Minimum wait before the next try, as the other side requested. */
  readonly retryAfterMs?: number;
}

/**
 * The one error root of agentbot. The message states the fault, its place and the fix. `isRetryable` is read in one place
 * only, where the worker settles a failure.
 */
export class AgentBotError extends Error {
  override readonly name = "AgentBotError";
  readonly code: ErrorCode;
  readonly isRetryable: boolean;
  /** True if a dependency of the task is down. */
  readonly isOutage: boolean;
  readonly retryAfterMs: number | null;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AgentBotErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    const facts: ErrorCodeFacts = errorCodes[code];
    this.isRetryable = options.isRetryable ?? facts.isRetryable;
    this.isOutage = options.isOutage ?? facts.isOutage ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    const { problems, ...details } = options.details ?? {};
    this.details = details;
    // The message lists the problems: a dump of the error, as Node prints it, shows them once.
    if (problems !== undefined) Object.defineProperty(details, "problems", { value: problems });
    Object.defineProperty(this, marker, { value: true });
  }

  /** Recognises an AgentBotError even when two copies of this package are installed, where `instanceof` fails. */
  static isInstance(error: unknown): error is AgentBotError {
    return isAgentBotError(error);
  }

  /** Returns true for an AgentBotError with this code. */
  static hasCode(error: unknown, code: ErrorCode): error is AgentBotError {
    return isAgentBotError(error) && error.code === code;
  }
}

// Outside of the class: a bundler renames a class that refers to itself.
function isAgentBotError(error: unknown): error is AgentBotError {
  return typeof error === "object" && error !== null && marker in error;
}
