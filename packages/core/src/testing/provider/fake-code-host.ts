import { AgentBotError } from "../../errors/agentbot-error.js";
import type { CodeHost, PullRequest, PullRequestDraft, RepositoryPermission } from "../../ports/code-host.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import { freshId } from "../fresh-id.js";

/** Options of {@link createFakeCodeHost}. */
export interface FakeCodeHostOptions {
  readonly name: string;
  readonly repositoryId: string;
  /** The address that git uses: a real server, where git must reach it. */
  readonly gitUrl: string;
  readonly files: Readonly<Record<string, string>>;
  /** Permissions by the actor's id. */
  readonly permissions: Readonly<Record<string, RepositoryPermission>>;
  readonly defaultPermission: RepositoryPermission;
  readonly findBranch: (branch: string) => Promise<string | null>;
}

/** The repository side of the fake provider, and what was done there. */
export interface FakeCodeHost extends CodeHost {
  /** Every opened pull request, oldest first. */
  readonly pullRequests: readonly (PullRequest & PullRequestDraft)[];
  /** The `Authorization` values that were given out and not revoked. */
  readonly liveCredentials: readonly string[];
}

/** Creates a code host with one repository and no pull requests. */
export function createFakeCodeHost(options: FakeCodeHostOptions): FakeCodeHost {
  const { name, repositoryId, gitUrl, files, permissions, defaultPermission, findBranch } = options;
  const pullRequests: (PullRequest & PullRequestDraft)[] = [];
  const live = new Set<string>();

  const enter = (repository: RepositoryRef, signal: AbortSignal): void => {
    signal.throwIfAborted();
    if (repository.id === repositoryId) return;
    throw new AgentBotError("PROVIDER_REJECTED", `${name} has no repository ${repository.path}`);
  };
  const publicPart = (opened: PullRequest & PullRequestDraft): PullRequest => {
    const { title: _title, body: _body, mayUseDefaultBranch: _mayUseDefaultBranch, ...pullRequest } = opened;
    return pullRequest;
  };

  return {
    pullRequests,
    get liveCredentials() {
      return [...live];
    },
    async credentials(repository, { signal }) {
      enter(repository, signal);
      const authorization = `Basic ${Buffer.from(`x-access-token:${freshId("token")}`).toString("base64")}`;
      live.add(authorization);
      return {
        path: repository.path,
        defaultBranch: repository.defaultBranch,
        gitUrl,
        branchUrl: (branch) => `https://${name}.example/${repository.path}/branches/${branch}`,
        authorization,
        revoke: async () => void live.delete(authorization),
      };
    },
    async permission(repository, actor, { signal }) {
      enter(repository, signal);
      if (actor.provider !== name) return "none";
      return Object.hasOwn(permissions, actor.id) ? (permissions[actor.id] ?? defaultPermission) : defaultPermission;
    },
    async readFile(repository, path, { signal }) {
      enter(repository, signal);
      return Object.hasOwn(files, path) ? (files[path] ?? null) : null;
    },
    async findPullRequest(repository, query, { signal }) {
      enter(repository, signal);
      const found = pullRequests.find((each) =>
        "number" in query ? each.number === query.number : each.headBranch === query.headBranch,
      );
      return found ? publicPart(found) : null;
    },
    async openPullRequest(repository, draft, { signal }) {
      enter(repository, signal);
      const existing = pullRequests.find(({ headBranch }) => headBranch === draft.headBranch);
      if (existing) return publicPart(existing);
      const headCommit = await findBranch(draft.headBranch);
      if (headCommit === null) {
        throw new AgentBotError("PROVIDER_REJECTED", `${name} has no branch ${draft.headBranch}`);
      }
      const isBaseThere = (await findBranch(draft.baseBranch)) !== null;
      if (!isBaseThere && !draft.mayUseDefaultBranch) {
        throw new AgentBotError("PROVIDER_REJECTED", `${name} has no branch ${draft.baseBranch}`);
      }
      const number = 1001 + pullRequests.length;
      const opened = {
        ...draft,
        baseBranch: isBaseThere ? draft.baseBranch : repository.defaultBranch,
        number,
        url: `https://${name}.example/${repository.path}/${number}`,
        headCommit,
        state: "open" as const,
        isFromFork: false,
        threadAlias: `${name}:${repositoryId}:thread:${number}`,
      };
      pullRequests.push(opened);
      return publicPart(opened);
    },
  };
}
