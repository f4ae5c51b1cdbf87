/**
 * Every code an {@link AgentBotError} can carry, and whether another try may help.
 * Codes are stable: dashboards and scripts match on them.
 */
export const errorCodes = {
  /** An option or environment value is wrong; the message names each one. */
  CONFIGURATION_INVALID: { isRetryable: false },
  /** The web framework read the request body before agentbot could verify it. */
  RAW_BODY_CONSUMED: { isRetryable: false },
  /** The store cannot be reached or refused the connection. */
  STORE_UNAVAILABLE: { isRetryable: true, isOutage: true },
  /** Another process has this data directory open. */
  DATA_DIRECTORY_LOCKED: { isRetryable: false },
  /** A shipped migration differs from the one the database has applied, or the database is newer than this release. */
  MIGRATION_MISMATCH: { isRetryable: false },
  /** A provider's request cannot be stored: a name is too long, a number is not an integer, or its origin is another tenant. */
  REQUEST_INVALID: { isRetryable: false },
  /** A stored row does not parse: it was written by another release or by hand. */
  STORED_ROW_INVALID: { isRetryable: false },
  /** The queue cannot be reached. Nothing is lost: the store still holds the task. */
  QUEUE_UNAVAILABLE: { isRetryable: true, isOutage: true },
  /** This worker's lease on the task ended; another worker may hold it. Nothing more may be written. */
  LEASE_LOST: { isRetryable: false },
  /** The task was begun more often than allowed and never reached an end. */
  ATTEMPTS_EXHAUSTED: { isRetryable: false },
  /** A repository owner, name or ref does not fit the grammar; no process was started. */
  GIT_NAME_INVALID: { isRetryable: false },
  /** A git command failed. */
  GIT_FAILED: { isRetryable: true },
  /** The git server refused the credential. */
  GIT_AUTHENTICATION_FAILED: { isRetryable: true },
  /** The repository has no commit yet. */
  REPOSITORY_EMPTY: { isRetryable: false },
  /** The branch to work on does not exist. */
  BRANCH_MISSING: { isRetryable: false },
  /** The git server refused the branch by a rule, a hook or a missing permission; `details.answer` has its words. */
  PUSH_REFUSED: { isRetryable: false },
  /** The branch exists with a commit that is not ours; it is never overwritten. */
  BRANCH_CONFLICT: { isRetryable: false },
  /** Another account has opened a pull request for our branch; it is never taken for ours. */
  PULL_REQUEST_CONFLICT: { isRetryable: false },
  /** The agent's change exceeds what a checkpoint may hold. */
  CHANGE_TOO_LARGE: { isRetryable: false },
  /** The agent's change holds a secret of the bot; nothing of it is published. */
  CHANGE_HOLDS_SECRET: { isRetryable: false },
  /** The agent's change could not be committed, try after try. The agent is not run again: it would be paid for twice. */
  CHANGE_NOT_COMMITTED: { isRetryable: false },
  /** The agent process ended in a way that another attempt may cure (killed, crashed, cut off). */
  AGENT_INTERRUPTED: { isRetryable: true },
  /** The agent program cannot be started. */
  AGENT_UNAVAILABLE: { isRetryable: false },
  /** A child process could not be started or exceeded a limit. */
  PROCESS_FAILED: { isRetryable: true },
  /**
   * The provider's API answered with an error that will not go away by itself. `details.reason` may be `conversation_gone` (the
   * conversation does not exist any more) or `permission_missing`, with the names in `details.permissions`; `details.answer` has
   * the provider's words.
   */
  PROVIDER_REJECTED: { isRetryable: false },
  /** The provider's API is down, slow or rate-limiting. */
  PROVIDER_UNAVAILABLE: { isRetryable: true, isOutage: true },
  /** The provider's API refused our credential. */
  PROVIDER_AUTHENTICATION_FAILED: { isRetryable: true },
  /** A provider's own code threw, or returned what its port does not allow; the message names provider and member. */
  PROVIDER_DEFECTIVE: { isRetryable: false },
  /** No configured provider has this name. */
  PROVIDER_UNKNOWN: { isRetryable: false },
  /** A stored secret cannot be decrypted with the configured keys. */
  DECRYPTION_FAILED: { isRetryable: false },
  /** Tokens were renewed and could not be stored, or the answer never came: those that are stored may be void. */
  CREDENTIALS_LOST: { isRetryable: false },
} as const satisfies Record<string, ErrorCodeFacts>;

/** Facts about every error with one code. */
export interface ErrorCodeFacts {
  /** True if the same work may succeed when it is tried again. */
  readonly isRetryable: boolean;
  /** True if a dependency is down: the task itself is not at fault, so it waits without using up an attempt. */
  readonly isOutage?: boolean;
}

/** One of the codes of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;
