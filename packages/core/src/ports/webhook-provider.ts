import type { CodeHost } from "./code-host.js";
import type { Conversation } from "./conversation.js";
import type { InstallFlow } from "./install-flow.js";
import type { ProviderLifecycle } from "./provider-lifecycle.js";
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
  /** Checks the account of the bot at the start, and gives back at the end what is held at the platform. */
  readonly lifecycle?: ProviderLifecycle;
}
