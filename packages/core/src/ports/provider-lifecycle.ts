import type { SetupProblem } from "./setup-problem.js";

/** The begin and the end of a provider in a process, where it has any. */
export interface ProviderLifecycle {
  /**
   * Returns what is wrong with the account of the bot: a refused key is an `error`; missing events, missing permissions and a
   * provider that cannot be reached are each a `warning`.
   */
  check?(options: { readonly signal: AbortSignal }): Promise<readonly SetupProblem[]>;
  /**
   * Gives back what is held at the platform, e.g. the tokens of the last calls. Best effort until the signal aborts; a worker
   * that stops calls it, and later calls of the other roles work all the same.
   */
  close?(options: { readonly signal: AbortSignal }): Promise<void>;
}
