import type { FakeGitHubOptions, FakeGitHubRepository, FakeGitHubUser } from "./fake-github-options.js";

/** A comment on an issue or pull request. */
export interface FakeGitHubComment {
  readonly id: number;
  /** `owner/name` */
  readonly repository: string;
  readonly issueNumber: number;
  body: string;
  readonly user: FakeGitHubUser;
  /** GitHub's word for the author's relation to the repository, such as `MEMBER`. */
  readonly association: string;
  /** The App that wrote it, or null for a person. */
  readonly appId: number | null;
  readonly createdAt: Date;
  updatedAt: Date;
}

/** A comment on a line of a pull request; `issueNumber` is the pull request's. */
export interface FakeGitHubReviewComment extends FakeGitHubComment {
  readonly path: string;
  readonly line: number | null;
  readonly diffHunk: string;
}

/** A review of a pull request; `issueNumber` is the pull request's. */
export interface FakeGitHubReview
  extends Pick<FakeGitHubComment, "id" | "repository" | "issueNumber" | "body" | "user" | "association"> {
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  /** Null while it is pending. */
  readonly submittedAt: Date | null;
}

/** A reaction; `subject` is `issue/7`, `issue_comment/3` or `review_comment/5`. */
export interface FakeGitHubReaction {
  readonly id: number;
  readonly repository: string;
  readonly subject: string;
  readonly content: string;
  readonly user: FakeGitHubUser;
}

/** A pull request. */
export interface FakeGitHubPullRequest {
  readonly number: number;
  readonly repository: string;
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly headCommit: string;
  readonly base: string;
  state: "open" | "closed";
  readonly user: FakeGitHubUser;
  readonly createdAt: Date;
}

/** An installation token. */
export interface FakeGitHubToken {
  readonly token: string;
  readonly installationId: number;
  readonly repositoryIds: readonly number[];
  readonly permissions: Readonly<Record<string, string>>;
  isLive: boolean;
}

/** A request that was received, with the status of its answer. */
export interface FakeGitHubRequest {
  readonly method: string;
  /** Without the prefix of the API. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Null if the connection was cut instead. */
  status: number | null;
  /** When it was received. */
  readonly at: Date;
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
  readonly bot: FakeGitHubUser;
  readonly publicKey: string;
  nextId(): number;
  nextNumber(repository: FakeGitHubRepository): number;
  /** Returns true if lists show what was created at this moment. */
  isListed(createdAt: Date): boolean;
  findRepository(owner: string, name: string): FakeGitHubRepository | undefined;
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
  return {
    options,
    comments: [],
    reviewComments: [],
    reviews: [],
    reactions: [],
    pullRequests,
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
    findRepository: (owner, name) =>
      options.repositories.find((each) => isSame(each.owner, owner) && isSame(each.name, name)),
    findUser: (login) => [bot, ...(options.users ?? [])].find((user) => isSame(user.login, login)),
  };
}
