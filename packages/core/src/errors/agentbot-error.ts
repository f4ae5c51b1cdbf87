import { type ErrorCode, type ErrorCodeFacts, errorCodes } from "./error-codes.js";

const marker = Symbol.for("agentbot.error");

/** What an {@link AgentBotError} may carry beside its code and message. */
export interface AgentBotErrorOptions {
  /** What caused it; kept as the standard `cause`. */
  readonly cause?: unknown;
  /** Facts for the log. Never secrets, never a stranger's text. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Overrides the code's default of `errorCodes`, where the knowledge is better than the table's. */
  readonly isRetryable?: boolean;
  /** Overrides the code's default likewise: a network that is down, say. */
  readonly isOutage?: boolean;
  /** Wait at least this long before the next try, as the other side asked. */
  readonly retryAfterMs?: number;
}

/**
 * The one error root of agentbot. The message says what is wrong, where, and the fix.
 * `isRetryable` is read in one place only, the worker's settle-failure.
 */
export class AgentBotError extends Error {
  override readonly name = "AgentBotError";
  readonly code: ErrorCode;
  readonly isRetryable: boolean;
  /** Something the task depends on is down. */
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
    this.details = options.details ?? {};
    Object.defineProperty(this, marker, { value: true });
  }

  /** Recognises an AgentBotError even when two copies of this package are installed, where `instanceof` fails. */
  static isInstance(error: unknown): error is AgentBotError {
    return typeof error === "object" && error !== null && marker in error;
  }

  /** Is this an AgentBotError with the given code? */
  static hasCode(error: unknown, code: ErrorCode): error is AgentBotError {
    return AgentBotError.isInstance(error) && error.code === code;
  }
}
