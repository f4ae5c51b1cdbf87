import { AgentBotError } from "@agentbot/core";
import type { FakeGitHubOptions, FakeGitHubRepository, FakeGitHubUser } from "./fake-github-options.js";
import type { FakeGitHubAnswer } from "./fake-github-route.js";

/** A comment on an issue or pull request. */
export interface FakeGitHubComment {
  /** The comment's id. */
  readonly id: number;
  /** `owner/name`; it follows a rename, as that of every other record does. */
  repository: string;
  /** The number of its issue or pull request. */
  readonly issueNumber: number;
  /** Its Markdown. */
  body: string;
  /** The account that wrote it. */
  readonly user: FakeGitHubUser;
  /** GitHub's word for the author's relation to the repository, such as `MEMBER`. */
  readonly association: string;
  /** The App that wrote it, or null for a person. */
  readonly appId: number | null;
  /** When it was written. */
  readonly createdAt: Date;
  /** When it was written last. */
  updatedAt: Date;
}

/** A comment on a line of a pull request; `issueNumber` is the pull request's. */
export interface FakeGitHubReviewComment extends FakeGitHubComment {
  /** The path of the file. */
  readonly path: string;
  /** The line of the file; null once it is outdated. */
  readonly line: number | null;
  /** The hunk that ends with the line. */
  readonly diffHunk: string;
}

/** A review of a pull request; `issueNumber` is the pull request's. */
export interface FakeGitHubReview
  extends Pick<FakeGitHubComment, "id" | "repository" | "issueNumber" | "body" | "user" | "association"> {
  /** The reviewer's verdict. */
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  /** Null while it is pending. */
  readonly submittedAt: Date | null;
}

/** A reaction; `subject` is `issue/7`, `issue_comment/3` or `review_comment/5`. */
export interface FakeGitHubReaction {
  /** The reaction's id. */
  readonly id: number;
  /** `owner/name` */
  repository: string;
  /** The thing it stands at. */
  readonly subject: string;
  /** GitHub's name of the emoji, such as `eyes`. */
  readonly content: string;
  /** The account that reacted. */
  readonly user: FakeGitHubUser;
}

/** A pull request. */
export interface FakeGitHubPullRequest {
  /** Its number in the repository. */
  readonly number: number;
  /** `owner/name` */
  repository: string;
  /** Its title. */
  readonly title: string;
  /** Its Markdown. */
  readonly body: string;
  /** The branch with the change. */
  readonly head: string;
  /** The newest commit of that branch. */
  readonly headCommit: string;
  /** The branch it is to be merged into. */
  readonly base: string;
  /** `closed` by a test. */
  state: "open" | "closed";
  /** The account that opened it. */
  readonly user: FakeGitHubUser;
  /** When it was opened. */
  readonly createdAt: Date;
}

/** An installation token. */
export interface FakeGitHubToken {
  /** The secret value. */
  readonly token: string;
  /** The installation it was made for. */
  readonly installationId: number;
  /** The repositories it is good for. */
  readonly repositoryIds: readonly number[];
  /** GitHub's permissions by name, e.g. `contents: write`. */
  readonly permissions: Readonly<Record<string, string>>;
  /** When it stops being accepted. */
  readonly expiresAt: Date;
  /** False once it was revoked. */
  isLive: boolean;
}

/** A request that was received, with the status of its answer. */
export interface FakeGitHubRequest {
  /** In upper case. */
  readonly method: string;
  /** Without the prefix of the API. */
  readonly path: string;
  /** The parameters of its query. */
  readonly query: URLSearchParams;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; undefined if it had none. */
  readonly body: unknown;
  /** Null if the connection was cut instead. */
  status: number | null;
  /** When it was received. */
  readonly at: Date;
}

/** The names of a repository that change. */
export interface FakeGitHubName {
  /** The login of the owner. @defaultValue as before */
  readonly owner?: string;
  /** The name, without the owner. @defaultValue as before */
  readonly name?: string;
  /** The new default branch. @defaultValue as it is */
  readonly defaultBranch?: string;
}

/** The state of a fake GitHub. */
export interface FakeGitHubState {
  readonly options: FakeGitHubOptions;
  readonly comments: FakeGitHubComment[];
  readonly reviewComments: FakeGitHubReviewComment[];
  readonly reviews: FakeGitHubReview[];
  readonly reactions: FakeGitHubReaction[];
  readonly pullRequests: FakeGitHubPullRequest[];
  readonly tokens: FakeGitHubToken[];
  readonly requests: FakeGitHubRequest[];
  /** Answers for issues that were deleted or transferred, by `owner/name#number`. */
  readonly goneIssues: Map<string, FakeGitHubAnswer>;
  readonly bot: FakeGitHubUser;
  readonly publicKey: string;
  nextId(): number;
  nextNumber(repository: FakeGitHubRepository): number;
  /** Returns true if lists show what was created at this moment. */
  isListed(createdAt: Date): boolean;
  repositories(): readonly FakeGitHubRepository[];
  findRepository(owner: string, name: string): FakeGitHubRepository | undefined;
  findRepositoryById(id: number): FakeGitHubRepository | undefined;
  /** Returns the repository that had this name, unless another one has it now. */
  findRenamed(owner: string, name: string): FakeGitHubRepository | undefined;
  /** Gives a repository another owner, name or default branch; a former name redirects. */
  rename(id: number, to: FakeGitHubName): void;
  findUser(login: string): FakeGitHubUser | undefined;
}

/** A state without any activity. */
export function createFakeGitHubState(options: FakeGitHubOptions, publicKey: string): FakeGitHubState {
  let lastId = 1_000_000;
  const pullRequests: FakeGitHubPullRequest[] = [];
  const bot: FakeGitHubUser = {
    id: options.app.botUserId ?? 41_898_282,
    login: `${options.app.slug}[bot]`,
    type: "Bot",
  };
  const isSame = (left: string, right: string) => left.toLowerCase() === right.toLowerCase();
  let repositories = options.repositories;
  const formerNames: { readonly id: number; readonly owner: string; readonly name: string }[] = [];
  const isNamed = (owner: string, name: string) => (each: { readonly owner: string; readonly name: string }) =>
    isSame(each.owner, owner) && isSame(each.name, name);
  const findRepositoryById = (id: number) => repositories.find((each) => each.id === id);
  const comments: FakeGitHubComment[] = [];
  const reviewComments: FakeGitHubReviewComment[] = [];
  const reviews: FakeGitHubReview[] = [];
  const reactions: FakeGitHubReaction[] = [];
  const records: readonly (readonly { repository: string }[])[] = [
    ...[comments, reviewComments, reviews, reactions, pullRequests],
  ];
  return {
    options,
    ...{ comments, reviewComments, reviews, reactions, pullRequests },
    goneIssues: new Map(),
    tokens: [],
    requests: [],
    bot,
    publicKey,
    nextId: () => ++lastId,
    nextNumber(repository) {
      const issues = (repository.issues ?? []).map(({ number }) => number);
      const pulls = pullRequests.filter((pull) => pull.repository === `${repository.owner}/${repository.name}`);
      return Math.max(0, ...issues, ...pulls.map(({ number }) => number)) + 1;
    },
    isListed: (createdAt) => Date.now() - createdAt.getTime() >= (options.listedAfterMs ?? 0),
    repositories: () => repositories,
    findRepository: (owner, name) => repositories.find(isNamed(owner, name)),
    findRepositoryById,
    findRenamed: (owner, name) => {
      const former = formerNames.find(isNamed(owner, name));
      return former && findRepositoryById(former.id);
    },
    rename(id, to) {
      const before = findRepositoryById(id);
      if (!before) throw new AgentBotError("CONFIGURATION_INVALID", `The fake GitHub has no repository ${id}`);
      const after = { ...before, ...to };
      repositories = repositories.map((each) => (each === before ? after : each));
      formerNames.push({ id, owner: before.owner, name: before.name });
      for (const record of records.flat()) {
        if (record.repository === `${before.owner}/${before.name}`) record.repository = `${after.owner}/${after.name}`;
      }
    },
    findUser: (login) => [bot, ...(options.users ?? [])].find((user) => isSame(user.login, login)),
  };
}
