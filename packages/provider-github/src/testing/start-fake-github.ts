import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "@agentbot/core/adapter";
import { answerRequest, apiPrefix } from "./answer-request.js";
import { createFakeGitHubFaults, type FakeGitHubFault } from "./fake-github-faults.js";
import type { FakeGitHubOptions, FakeGitHubUser } from "./fake-github-options.js";
import {
  createFakeGitHubState,
  type FakeGitHubComment,
  type FakeGitHubPullRequest,
  type FakeGitHubReaction,
  type FakeGitHubRequest,
  type FakeGitHubToken,
} from "./fake-github-state.js";
import { serveGit } from "./serve-git.js";

/** A GitHub on this machine, as far as agentbot uses it. */
export interface FakeGitHub {
  /** The web and git address, for the provider's `url`. */
  readonly url: string;
  /** For the provider's `apiUrl`. */
  readonly apiUrl: string;
  readonly app: { readonly id: number; readonly slug: string; readonly privateKey: string };
  /** The account that the App writes as. */
  readonly bot: FakeGitHubUser;
  readonly comments: readonly FakeGitHubComment[];
  readonly reactions: readonly FakeGitHubReaction[];
  readonly pullRequests: readonly FakeGitHubPullRequest[];
  readonly tokens: readonly FakeGitHubToken[];
  /** Every request so far, oldest first; git requests too. */
  readonly requests: readonly FakeGitHubRequest[];
  /** Adds a comment as a person would, through the App of this id if given; returns it. */
  addComment(comment: {
    repository: string;
    issueNumber: number;
    body: string;
    user: FakeGitHubUser;
    appId?: number;
  }): FakeGitHubComment;
  /** Adds a pull request as a person would; returns it. */
  addPullRequest(
    pull: Pick<FakeGitHubPullRequest, "repository" | "title" | "head" | "headCommit" | "base" | "user">,
  ): FakeGitHubPullRequest;
  /** Lets the next matching requests fail. */
  fail(fault: FakeGitHubFault): void;
  /** Takes back the faults that have not happened. */
  clearFaults(): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on a free port of the loopback that answers as GitHub does, errors included: App tokens,
 * permissions, comments, reactions, pull requests, files, and git through your `gitHandler`. For tests and demos.
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

  return {
    url,
    apiUrl: `${url}${apiPrefix}`,
    app: { id: options.app.id, slug: options.app.slug, privateKey },
    bot: state.bot,
    comments: state.comments,
    reactions: state.reactions,
    pullRequests: state.pullRequests,
    tokens: state.tokens,
    requests: state.requests,
    addComment(comment) {
      const now = new Date();
      const added = { appId: null, ...comment, id: state.nextId(), createdAt: now, updatedAt: now };
      state.comments.push(added);
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
