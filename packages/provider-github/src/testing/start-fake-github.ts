import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "@agentbot/core/adapter";
import { answerRequest, apiPrefix } from "./answer-request.js";
import { createFakeGitHubFaults, type FakeGitHubFault } from "./fake-github-faults.js";
import type { FakeGitHubOptions, FakeGitHubUser } from "./fake-github-options.js";
import { type FakeGitHubAnswer, failure, movedTo } from "./fake-github-route.js";
import {
  createFakeGitHubState,
  type FakeGitHubComment,
  type FakeGitHubName,
  type FakeGitHubPullRequest,
  type FakeGitHubReaction,
  type FakeGitHubRequest,
  type FakeGitHubReview,
  type FakeGitHubReviewComment,
  type FakeGitHubToken,
} from "./fake-github-state.js";
import { serveGit } from "./serve-git.js";

/** A comment before GitHub has given it an id: its time is now and its author unrelated to the repository, unless given. */
type Added<Comment extends FakeGitHubComment> = Pick<Comment, "repository" | "issueNumber" | "body" | "user"> &
  Partial<Pick<Comment, "appId" | "association" | "createdAt" | "updatedAt">>;

/** A GitHub on this machine, as far as agentbot uses it. */
export interface FakeGitHub {
  /** The web and git address, for the provider's `url`. */
  readonly url: string;
  /** For the provider's `apiUrl`. */
  readonly apiUrl: string;
  /** The App with its private key, as a PEM. */
  readonly app: { readonly id: number; readonly slug: string; readonly privateKey: string };
  /** The account that the App writes as. */
  readonly bot: FakeGitHubUser;
  /** Every comment, oldest first. */
  readonly comments: readonly FakeGitHubComment[];
  /** Every comment on a line, oldest first. */
  readonly reviewComments: readonly FakeGitHubReviewComment[];
  /** Every review, oldest first. */
  readonly reviews: readonly FakeGitHubReview[];
  /** Every reaction, oldest first. */
  readonly reactions: readonly FakeGitHubReaction[];
  /** Every pull request, oldest first. */
  readonly pullRequests: readonly FakeGitHubPullRequest[];
  /** Every installation token that was made, revoked ones too. */
  readonly tokens: readonly FakeGitHubToken[];
  /** Every request so far, oldest first; git requests too. */
  readonly requests: readonly FakeGitHubRequest[];
  /** Adds a comment of another account, written through the App of `appId` if given; returns it. */
  addComment(comment: Added<FakeGitHubComment>): FakeGitHubComment;
  /** Adds a comment on a line of a pull request; returns it. */
  addReviewComment(
    comment: Added<FakeGitHubComment> & Pick<FakeGitHubReviewComment, "path" | "line" | "diffHunk">,
  ): FakeGitHubReviewComment;
  /** Adds a review of a pull request; returns it. */
  addReview(review: Omit<FakeGitHubReview, "id" | "association"> & { readonly association?: string }): FakeGitHubReview;
  /** Adds a pull request of another account; returns it. */
  addPullRequest(
    pull: Pick<FakeGitHubPullRequest, "repository" | "title" | "head" | "headCommit" | "base" | "user">,
  ): FakeGitHubPullRequest;
  /** The tokens that are neither revoked nor expired. */
  readonly liveTokens: readonly FakeGitHubToken[];
  /** Gives a repository another owner, name or default branch. Its former name redirects, until another repository has it. */
  renameRepository(id: number, to: FakeGitHubName): void;
  /** Deletes an issue with its comments. */
  deleteIssue(repository: string, number: number): void;
  /** Moves an issue to another repository, where the former address redirects to. */
  transferIssue(repository: string, number: number, to: { readonly id: number; readonly number: number }): void;
  /** Makes the next matching requests fail. */
  fail(fault: FakeGitHubFault): void;
  /** Takes back the faults that have not happened. */
  clearFaults(): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on a free port of the loopback that answers as GitHub does, errors included: App tokens,
 * permissions, comments, reactions, pull requests, reviews, files, and git through your `gitHandler`. For tests and demos.
 *
 * @example
 * const github = await startFakeGitHub({ app: { id: 12345, slug: "agentbot" }, repositories: [hello], users: [octocat] });
 * createGitHubProvider({ appId: github.app.id, privateKey: github.app.privateKey, url: github.url, apiUrl: github.apiUrl, … });
 */
export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const privateKey =
    options.app.privateKey ??
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
  const state = createFakeGitHubState(options, publicKey);
  const faults = createFakeGitHubFaults();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isApi = request.url?.startsWith(`${apiPrefix}/`) ?? false;
    if (isApi) await answerRequest(state, faults, request, response);
    else await serveGit(state, faults, request, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const complete = (comment: Added<FakeGitHubComment>): FakeGitHubComment => {
    const createdAt = comment.createdAt ?? new Date();
    const given = { appId: null, association: "NONE", updatedAt: createdAt, ...comment };
    return { ...given, id: state.nextId(), createdAt };
  };

  const removeIssue = (repository: string, number: number, answer: FakeGitHubAnswer): void => {
    state.goneIssues.set(`${repository}#${number}`, answer);
    const isIts = (each: FakeGitHubComment) => each.repository === repository && each.issueNumber === number;
    state.comments.splice(0, Infinity, ...state.comments.filter((comment) => !isIts(comment)));
  };

  return {
    url,
    apiUrl: `${url}${apiPrefix}`,
    app: { id: options.app.id, slug: options.app.slug, privateKey },
    bot: state.bot,
    comments: state.comments,
    reviewComments: state.reviewComments,
    reviews: state.reviews,
    reactions: state.reactions,
    pullRequests: state.pullRequests,
    tokens: state.tokens,
    get liveTokens() {
      return state.tokens.filter(({ isLive, expiresAt }) => isLive && expiresAt.getTime() > Date.now());
    },
    requests: state.requests,
    addComment(comment) {
      const added = complete(comment);
      state.comments.push(added);
      return added;
    },
    addReviewComment(comment) {
      const { path, line, diffHunk } = comment;
      const added = { ...complete(comment), path, line, diffHunk };
      state.reviewComments.push(added);
      return added;
    },
    addReview(review) {
      const added = { association: "NONE", ...review, id: state.nextId() };
      state.reviews.push(added);
      return added;
    },
    addPullRequest(pull) {
      const [owner = "", name = ""] = pull.repository.split("/");
      const repository = state.findRepository(owner, name);
      const number = repository ? state.nextNumber(repository) : 1;
      const added: FakeGitHubPullRequest = { ...pull, number, body: "", state: "open", createdAt: new Date() };
      state.pullRequests.push(added);
      return added;
    },
    renameRepository: (id, to) => state.rename(id, to),
    deleteIssue: (repository, number) => removeIssue(repository, number, failure(410, "This issue was deleted")),
    transferIssue: (repository, number, to) =>
      removeIssue(repository, number, movedTo(`${url}${apiPrefix}/repositories/${to.id}/issues/${to.number}`)),
    fail: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    close: once(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    ),
  };
}
