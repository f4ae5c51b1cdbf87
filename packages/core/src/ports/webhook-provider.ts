import type { CodeHost } from "./code-host.js";
import type { Conversation } from "./conversation.js";
import type { InstallFlow } from "./install-flow.js";
import type { WebhookSource } from "./webhook-source.js";

/** A platform the bot lives on: a record of roles. An absent role is absent, never a stub. */
export interface WebhookProvider {
  /** Lower-case, as in `/webhooks/{name}`. */
  readonly name: string;
  readonly source: WebhookSource;
  readonly conversation: Conversation;
  readonly codeHost?: CodeHost;
  readonly installFlow?: InstallFlow;
}
