/**
 * Every code an {@link AgentBotError} can carry, with what a caller needs to know: is it worth trying again?
 * Codes are stable: dashboards and scripts match on them.
 */
export const errorCodes = {
  /** An option or environment value is wrong; the message names each one. */
  CONFIGURATION_INVALID: { retryable: false },
  /** The web framework read the request body before agentbot could verify it. */
  RAW_BODY_CONSUMED: { retryable: false },
  /** The store cannot be reached or refused the connection. */
  STORE_UNAVAILABLE: { retryable: true, isOutage: true },
  /** Another process has this data directory open. */
  DATA_DIRECTORY_LOCKED: { retryable: false },
  /** A shipped migration differs from the one the database has applied, or the database is newer than this release. */
  MIGRATION_MISMATCH: { retryable: false },
  /** A stored row does not parse: it was written by another release or by hand. */
  STORED_ROW_INVALID: { retryable: false },
  /** The queue cannot be reached. Nothing is lost: the store still holds the task. */
  QUEUE_UNAVAILABLE: { retryable: true, isOutage: true },
  /** This worker's lease on the task ended; another worker may hold it. Nothing more may be written. */
  LEASE_LOST: { retryable: false },
  /** The task was begun more often than allowed and never reached an end. */
  ATTEMPTS_EXHAUSTED: { retryable: false },
  /** A repository owner, name or ref does not fit the grammar; no process was started. */
  GIT_NAME_INVALID: { retryable: false },
  /** A git command failed. */
  GIT_FAILED: { retryable: true },
  /** The git server refused the credential. */
  GIT_AUTHENTICATION_FAILED: { retryable: true },
  /** The branch exists with a commit that is not ours; it is never overwritten. */
  BRANCH_CONFLICT: { retryable: false },
  /** Somebody else has opened a pull request for our branch; it is never taken for ours. */
  PULL_REQUEST_CONFLICT: { retryable: false },
  /** The agent's change exceeds what a checkpoint may hold. */
  CHANGE_TOO_LARGE: { retryable: false },
  /** The agent's change holds a secret of the bot; nothing of it is published. */
  CHANGE_HOLDS_SECRET: { retryable: false },
  /** The agent process ended in a way that another attempt may cure (killed, crashed, cut off). */
  AGENT_INTERRUPTED: { retryable: true },
  /** The agent program cannot be started. */
  AGENT_UNAVAILABLE: { retryable: false },
  /** A child process could not be started or exceeded a limit. */
  PROCESS_FAILED: { retryable: true },
  /** The provider's API answered with an error that will not go away by itself. */
  PROVIDER_REJECTED: { retryable: false },
  /** The provider's API is down, slow or rate-limiting. */
  PROVIDER_UNAVAILABLE: { retryable: true, isOutage: true },
  /** The provider's API refused our credential. */
  PROVIDER_AUTHENTICATION_FAILED: { retryable: true },
  /** No configured provider has this name. */
  PROVIDER_UNKNOWN: { retryable: false },
  /** A stored secret cannot be decrypted with the configured keys. */
  DECRYPTION_FAILED: { retryable: false },
} as const satisfies Record<string, ErrorCodeFacts>;

/** What a code says about every error that carries it. */
export interface ErrorCodeFacts {
  readonly retryable: boolean;
  /** Something the task depends on is down: nothing is wrong with the task, so it waits without using up an attempt. */
  readonly isOutage?: boolean;
}

/** One of the codes of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;
