import type { CodeHost, PullRequest, RepositoryPermission } from "@agentbot/core";
import { z } from "zod";
import { type ForgejoApi, nullIf, readRepository, threadAlias } from "./forgejo-api.js";

const permissionAnswer = z.object({ permission: z.string(), user: z.object({ id: z.int() }) });
const permissions = new Map<string, RepositoryPermission>([
  ["owner", "admin"],
  ["admin", "admin"],
  ["write", "write"],
  ["read", "read"],
]);

const pullAnswer = z.object({
  number: z.int(),
  html_url: z.string(),
  state: z.string(),
  merged: z.boolean().nullish(),
  user: z.object({ login: z.string() }).nullable(),
  head: z.object({ ref: z.string(), sha: z.string(), repo_id: z.int() }),
  base: z.object({ ref: z.string(), repo_id: z.int() }),
});

type Pull = z.output<typeof pullAnswer>;

/** Maximum pages of 50 pull requests that are searched, the newest first. */
const maxPages = 20;
const perPage = 50;

/** The account that git works as. */
export interface ForgejoAccount {
  readonly url: string;
  readonly name: string;
  readonly token: string;
}

/**
 * The repository side. Forgejo has no tokens for one repository and one run: git gets the token of the account, which
 * outlives the run.
 */
export function createForgejoCodeHost(api: ForgejoApi, { url, name, token }: ForgejoAccount): CodeHost {
  /** Finds the bot's own pull request of a branch; every reader of the repository may have opened one. */
  const findByBranch = async (repositoryId: string, headBranch: string, signal: AbortSignal): Promise<Pull | null> => {
    const { path } = await readRepository(api, repositoryId, signal);
    for (let page = 1; page <= maxPages; page += 1) {
      const query = `/repos/${path}/pulls?state=all&limit=${perPage}&page=${page}`;
      const pulls = await api("GET", query, { signal, schema: z.array(pullAnswer) });
      const own = pulls.filter(
        ({ head, base, user }) =>
          head.ref === headBranch && head.repo_id === base.repo_id && user?.login.toLowerCase() === name.toLowerCase(),
      );
      // The oldest: duplicates of the bot's own are reduced to it.
      if (own.length > 0) return own.at(-1) ?? null;
      if (pulls.length < perPage) break;
    }
    return null;
  };
  const toPullRequest = (repositoryId: string, pull: Pull): PullRequest => ({
    number: pull.number,
    url: pull.html_url,
    headBranch: pull.head.ref,
    headCommit: pull.head.sha,
    baseBranch: pull.base.ref,
    state: pull.merged ? "merged" : pull.state === "closed" ? "closed" : "open",
    isFromFork: pull.head.repo_id !== pull.base.repo_id,
    threadAlias: threadAlias(repositoryId, pull.number),
  });

  return {
    async credentials({ id }, { signal }) {
      const { path, defaultBranch } = await readRepository(api, id, signal);
      return {
        ...{ path, defaultBranch },
        gitUrl: `${url}/${path}.git`,
        authorization: `Basic ${Buffer.from(`${name}:${token}`).toString("base64")}`,
        branchUrl: (branch) => `${url}/${path}/src/branch/${branch.split("/").map(encodeURIComponent).join("/")}`,
        async revoke() {},
      };
    },
    async permission({ id, provider }, actor, { signal }) {
      if (actor.provider !== provider) return "none";
      const { path } = await readRepository(api, id, signal);
      const query = `/repos/${path}/collaborators/${encodeURIComponent(actor.login)}/permission`;
      const answer = await nullIf(api("GET", query, { signal, schema: permissionAnswer }), 404);
      // A login that another account has registered since has no permission.
      if (answer === null || String(answer.user.id) !== actor.id) return "none";
      return permissions.get(answer.permission) ?? "none";
    },
    async readFile({ id }, path, { signal }) {
      const repository = await readRepository(api, id, signal);
      const file = path.split("/").map(encodeURIComponent).join("/");
      const query = `/repos/${repository.path}/raw/${file}?ref=${encodeURIComponent(repository.defaultBranch)}`;
      return await nullIf(api("GET", query, { signal, isText: true, schema: z.string() }), 404);
    },
    async findPullRequest({ id }, query, { signal }) {
      if ("headBranch" in query) {
        const pull = await findByBranch(id, query.headBranch, signal);
        return pull && toPullRequest(id, pull);
      }
      const { path } = await readRepository(api, id, signal);
      const pull = await nullIf(
        api("GET", `/repos/${path}/pulls/${query.number}`, { signal, schema: pullAnswer }),
        404,
      );
      return pull && toPullRequest(id, pull);
    },
    async openPullRequest({ id }, { headBranch, baseBranch, mayUseDefaultBranch, title, body }, { signal }) {
      const { path, defaultBranch } = await readRepository(api, id, signal);
      const open = (base: string): Promise<Pull> =>
        api("POST", `/repos/${path}/pulls`, {
          signal,
          schema: pullAnswer,
          body: { head: headBranch, base, title, body },
        });
      const known = await findByBranch(id, headBranch, signal);
      if (known) return toPullRequest(id, known);
      const opened = await (mayUseDefaultBranch && baseBranch !== defaultBranch
        ? nullIf(open(baseBranch), 404)
        : open(baseBranch));
      return toPullRequest(id, opened ?? (await open(defaultBranch)));
    },
  };
}
