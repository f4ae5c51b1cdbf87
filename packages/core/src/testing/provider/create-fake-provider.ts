import type { RepositoryPermission } from "../../ports/code-host.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { RawWebhook } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import { freshId } from "../fresh-id.js";
import { createFakeCodeHost, type FakeCodeHost } from "./fake-code-host.js";
import { createFakeConversation, type FakeConversation } from "./fake-conversation.js";
import { createFakeSource, type FakeMessage, fakeWebhook } from "./fake-webhook.js";

export type { FakeCodeHost } from "./fake-code-host.js";
export type { FakeConversation, FakePosting } from "./fake-conversation.js";
export type { FakeMessage } from "./fake-webhook.js";

/** Options of {@link createFakeProvider}. */
export interface FakeProviderOptions {
  /** @defaultValue "acme" */
  readonly name?: string;
  /** @defaultValue "agentbot" */
  readonly botName?: string;
  /** Signs the webhooks. @defaultValue a fresh one */
  readonly secret?: string;
  /** What people may do, by their id. @defaultValue nobody is named */
  readonly permissions?: Readonly<Record<string, RepositoryPermission>>;
  /** What everybody else may do. @defaultValue "write" */
  readonly defaultPermission?: RepositoryPermission;
  /** Files of the default branch by path. @defaultValue none */
  readonly files?: Readonly<Record<string, string>>;
  /** Where git finds the repository. @defaultValue an address that leads nowhere */
  readonly gitUrl?: string;
  /** The commit of a branch, or null. @defaultValue every branch exists, but those named `missing…` */
  readonly findBranch?: (branch: string) => Promise<string | null>;
}

/** A provider that lives in memory, with the hands and eyes of the people who use it. */
export interface FakeProvider extends WebhookProvider {
  readonly conversation: FakeConversation;
  readonly codeHost: FakeCodeHost;
  /** The one repository it has. */
  readonly repository: RepositoryRef;
  /** A signed webhook in which somebody says this, by default in a message of its own; for an installation's endpoint if given. */
  webhook(message: Partial<FakeMessage>, installation?: Installation): RawWebhook;
}

/**
 * A whole provider in memory, for tests of what lies behind one.
 *
 * @example
 * const acme = createFakeProvider();
 * const { headers, body } = acme.webhook({ text: "@agentbot fix the flaky test" });
 * await gateway.fetch(new Request("https://bot.example/webhooks/acme", { method: "POST", headers, body }));
 * acme.conversation.messages;
 */
export function createFakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const { name = "acme", botName = "agentbot", secret = freshId("secret") } = options;
  const place = { id: freshId("repository"), owner: "octocat", name: "hello", defaultBranch: "main" };
  const installationId = freshId("installation");
  const sourceOptions = { name, botName, secret, repository: place };
  return {
    name,
    source: createFakeSource(sourceOptions),
    conversation: createFakeConversation(name),
    codeHost: createFakeCodeHost({
      name,
      repositoryId: place.id,
      gitUrl: options.gitUrl ?? `https://${name}.invalid/${place.owner}/${place.name}.git`,
      files: options.files ?? {},
      permissions: options.permissions ?? {},
      defaultPermission: options.defaultPermission ?? "write",
      findBranch: options.findBranch ?? (async (branch) => (branch.startsWith("missing") ? null : "a".repeat(40))),
    }),
    repository: { provider: name, tenant: installationId, ...place },
    webhook(message, installation) {
      const content: FakeMessage = {
        id: freshId("message"),
        text: `@${botName} fix the flaky test`,
        actor: { id: "583231", login: "octocat" },
        installationId,
        thread: 7,
        isLabel: false,
        occurredAt: new Date().toISOString(),
        ...message,
      };
      return fakeWebhook(content, sourceOptions, installation ?? null);
    },
  };
}
