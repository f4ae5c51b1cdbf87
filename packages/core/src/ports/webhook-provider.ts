import type { CodeHost } from "./code-host.js";
import type { Conversation } from "./conversation.js";
import type { InstallFlow } from "./install-flow.js";
import type { WebhookSource } from "./webhook-source.js";

/** A platform the bot lives on: a record of roles. An absent role is absent, never a stub. */
export interface WebhookProvider {
  /** Lower-case, as in `/webhooks/{name}`. */
  readonly name: string;
  /** Verifies and interprets webhooks. */
  readonly source: WebhookSource;
  /** Reads and writes the thread of a request. */
  readonly conversation: Conversation;
  /** Gives access to repositories, where the provider hosts any. */
  readonly codeHost?: CodeHost;
  /** Installs the bot through OAuth, where the provider has that. */
  readonly installFlow?: InstallFlow;
  /**
   * Gives back what is held at the platform, e.g. the tokens of the last calls. Best effort until the signal aborts; a worker
   * that stops calls it, and later calls of the other members work all the same.
   */
  close?(options: { readonly signal: AbortSignal }): Promise<void>;
}
