import type { TenantClaim } from "../task/interpretation.js";
import type { RepositoryRef } from "../task/repository-ref.js";
import type { TaskDraft } from "../task/task-draft.js";
import { freshId } from "./fresh-id.js";

/** An installation nobody has seen yet. */
export function tenantFixture(overrides: Partial<TenantClaim> = {}): TenantClaim {
  return { externalId: freshId("installation"), account: "octocat", ...overrides };
}

/** A repository nobody has seen yet, at the provider `acme`. */
export function repositoryFixture(overrides: Partial<RepositoryRef> = {}): RepositoryRef {
  return {
    provider: "acme",
    tenant: freshId("installation"),
    id: freshId("repository"),
    owner: "octocat",
    name: freshId("hello"),
    defaultBranch: "main",
    ...overrides,
  };
}

/**
 * What a mention asks for, for tests: in a thread and a repository of its own unless you say otherwise. Every field can
 * be overridden; `origin` and `repository` are replaced whole.
 */
export function taskDraftFixture(overrides: Partial<TaskDraft> = {}): TaskDraft {
  const repository = overrides.repository ?? repositoryFixture();
  const conversation = `${repository.owner}/${repository.name}#7`;
  return {
    trigger: "mention",
    priority: 10,
    threadAliases: [freshId("acme:issue")],
    whenThreadBusy: "queue",
    actor: { id: "583231", login: "octocat" },
    origin: {
      provider: "acme",
      tenant: repository.tenant,
      conversation,
      message: freshId("message"),
      pullRequestNumber: null,
      url: `https://acme.example/${repository.owner}/${repository.name}/issues/7`,
    },
    repository,
    title: "The build is red",
    instruction: "fix the flaky test",
    context: [{ source: "issue title", authorId: "583231", text: "The build is red" }],
    ...overrides,
  };
}
