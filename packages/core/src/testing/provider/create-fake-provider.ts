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
  /** The key of the webhooks' signatures. @defaultValue a fresh one */
  readonly secret?: string;
  /** Permissions by the actor's id. @defaultValue none */
  readonly permissions?: Readonly<Record<string, RepositoryPermission>>;
  /** The permission of all other actors. @defaultValue "write" */
  readonly defaultPermission?: RepositoryPermission;
  /** Files of the default branch by path. @defaultValue none */
  readonly files?: Readonly<Record<string, string>>;
  /** Where git finds the repository. @defaultValue an address that does not resolve */
  readonly gitUrl?: string;
  /** Returns the commit of a branch, or null. @defaultValue every branch exists, except those named `missing…` */
  readonly findBranch?: (branch: string) => Promise<string | null>;
}

/** A provider in memory, with the means of the people who use it. */
export interface FakeProvider extends WebhookProvider {
  /** Its messages can be read and written by tests. */
  readonly conversation: FakeConversation;
  /** Its pull requests can be read by tests. */
  readonly codeHost: FakeCodeHost;
  /** The one repository it has. */
  readonly repository: RepositoryRef;
  /** Returns a signed webhook with a new message; for an installation's endpoint if one is given. */
  webhook(message: Partial<FakeMessage>, installation?: Installation): RawWebhook;
}

/**
 * Creates a whole provider in memory, for tests of the gateway and the worker.
 *
 * @example
 * const acme = createFakeProvider();
 * const { headers, body } = acme.webhook({ text: "@agentbot fix the flaky test" });
 * await gateway.fetch(new Request("https://bot.example/webhooks/acme", { method: "POST", headers, body }));
 * acme.conversation.messages;
 */
export function createFakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const { name = "acme", botName = "agentbot", secret = freshId("secret") } = options;
  const place = { id: freshId("repository"), path: "octocat/hello", defaultBranch: "main" };
  const installationId = freshId("installation");
  const sourceOptions = { name, botName, secret, repository: place };
  return {
    name,
    source: createFakeSource(sourceOptions),
    conversation: createFakeConversation(name),
    codeHost: createFakeCodeHost({
      name,
      repositoryId: place.id,
      gitUrl: options.gitUrl ?? `https://${name}.invalid/${place.path}.git`,
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
