import type { CommandName } from "../task/command.js";
import type { TenantClaim } from "../task/interpretation.js";
import type { RepositoryRef } from "../task/repository-ref.js";
import type { TaskDraft } from "../task/task-draft.js";
import { freshId } from "./fresh-id.js";

/** A new installation of the provider `acme`. */
export function tenantFixture(overrides: Partial<TenantClaim> = {}): TenantClaim {
  return { externalId: freshId("installation"), account: "octocat", ...overrides };
}

/** A new repository of the provider `acme`, in a tenant of its own. */
export function repositoryFixture(overrides: Partial<RepositoryRef> = {}): RepositoryRef {
  return {
    provider: "acme",
    tenant: freshId("installation"),
    id: freshId("repository"),
    path: `octocat/${freshId("hello")}`,
    defaultBranch: "main",
    ...overrides,
  };
}

/**
 * A mention in a thread and a repository of its own. Every field can be overridden; `origin` and `repository` are replaced
 * whole. Origin and repository belong to `tenant`, the origin to `provider`.
 */
export function taskDraftFixture(
  overrides: Partial<TaskDraft> = {},
  tenant: TenantClaim = tenantFixture({ externalId: overrides.repository?.tenant ?? freshId("installation") }),
  provider = "acme",
): TaskDraft {
  const repository =
    overrides.repository === undefined ? repositoryFixture({ tenant: tenant.externalId }) : overrides.repository;
  const path = repository?.path ?? "octocat/hello";
  return {
    trigger: "mention",
    priority: 10,
    threadAliases: [freshId("acme:issue")],
    whenThreadBusy: "queue",
    actor: { provider: "acme", id: "583231", login: "octocat" },
    isPreauthorized: false,
    origin: {
      provider,
      tenant: tenant.externalId,
      conversation: `${path}#7`,
      message: freshId("message"),
      pullRequest: null,
      url: `https://acme.example/${path}/issues/7`,
    },
    occurredAt: new Date(),
    repository,
    title: "The build is red",
    instruction: "fix the flaky test",
    context: [{ source: "issue title", authorId: "583231", permission: null, text: "The build is red" }],
    ...overrides,
  };
}

/** The inbox request of a task, with a draft whose origin is `tenant` of `provider`. */
export function taskRequestFixture(
  overrides: Partial<TaskDraft> = {},
  tenant: TenantClaim = tenantFixture(),
  provider = "acme",
) {
  return { kind: "task", tenant, draft: taskDraftFixture(overrides, tenant, provider) } as const;
}

/** The inbox request of a command, with a draft whose origin is `tenant`. */
export function commandRequestFixture(
  command: CommandName,
  overrides: Partial<TaskDraft> = {},
  tenant: TenantClaim = tenantFixture(),
) {
  return { kind: "command", tenant, command, draft: taskDraftFixture(overrides, tenant) } as const;
}
