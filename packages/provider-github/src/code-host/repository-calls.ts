import type { RepositoryRef } from "@agentbot/core";
import { repositoryName } from "../addresses.js";
import { isStatus } from "../api/answers.js";
import type { GitHubAnswer, GitHubApi, GitHubCall } from "../api/create-github-api.js";

/** The parts of a call that the repository does not decide. */
export type RepositoryCall = Pick<GitHubCall, "operation" | "doing" | "route"> & {
  readonly parameters?: Readonly<Record<string, unknown>>;
};

/** Calls about one repository, with a token that is narrowed to it. */
export interface RepositoryCalls {
  call(repository: RepositoryRef, signal: AbortSignal, call: RepositoryCall): Promise<GitHubAnswer>;
  /** Null if GitHub answers 404. */
  callOrNull(repository: RepositoryRef, signal: AbortSignal, call: RepositoryCall): Promise<GitHubAnswer | null>;
}

/** {@link RepositoryCalls} of an App. */
export function createRepositoryCalls(api: GitHubApi): RepositoryCalls {
  const call: RepositoryCalls["call"] = async (repository, signal, rest) => {
    const { owner, name } = repositoryName(repository);
    return await api.call({
      ...rest,
      subject: `${owner}/${name}`,
      credential: { installationId: repository.tenant, repository: { id: repository.id } },
      parameters: { owner, repo: name, ...rest.parameters },
      signal,
    });
  };
  return {
    call,
    callOrNull: (repository, signal, rest) =>
      call(repository, signal, rest).catch((error: unknown) => {
        if (isStatus(error, 404, rest.doing)) return null;
        throw error;
      }),
  };
}
