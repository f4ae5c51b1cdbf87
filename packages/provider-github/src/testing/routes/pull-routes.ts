import { type FakeGitHubAnswer, failure, type RepositoryContext, repositoryRoute } from "../fake-github-route.js";
import type { FakeGitHubPullRequest } from "../fake-github-state.js";
import { page } from "./page.js";

const unknownCommit = "0123456789abcdef0123456789abcdef01234567";

function render(context: RepositoryContext, pull: FakeGitHubPullRequest): object {
  const { repository, fullName } = context;
  const repo = { id: repository.id, full_name: fullName, fork: false };
  return {
    id: repository.id * 100_000 + pull.number,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    html_url: `${context.url}/${fullName}/pull/${pull.number}`,
    user: pull.user,
    head: { ref: pull.head, label: `${repository.owner}:${pull.head}`, sha: pull.headCommit, repo },
    base: { ref: pull.base, label: `${repository.owner}:${pull.base}`, sha: unknownCommit, repo },
    created_at: pull.createdAt.toISOString(),
    updated_at: pull.createdAt.toISOString(),
  };
}

function invalid(field: string): FakeGitHubAnswer {
  return failure(422, "Validation Failed", [{ resource: "PullRequest", field, code: "invalid" }]);
}

async function open(context: RepositoryContext): Promise<FakeGitHubAnswer> {
  const { state, body, repository, fullName } = context;
  const [owner, branch = ""] = String(body["head"]).includes(":")
    ? String(body["head"]).split(":")
    : [repository.owner, String(body["head"])];
  if (typeof body["title"] !== "string" || body["title"] === "") {
    return failure(422, "Validation Failed", [{ resource: "PullRequest", code: "missing_field", field: "title" }]);
  }
  const base = String(body["base"]);
  const findBranch = repository.findBranch ?? (async () => unknownCommit);
  const headCommit = owner === repository.owner ? await findBranch(branch) : null;
  if (headCommit === null) return invalid("head");
  if ((await findBranch(base)) === null) return invalid("base");
  const isTaken = state.pullRequests.some(
    (pull) => pull.repository === fullName && pull.head === branch && pull.base === base && pull.state === "open",
  );
  if (isTaken) {
    const message = `A pull request already exists for ${repository.owner}:${branch}.`;
    return failure(422, "Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
  }
  const pull: FakeGitHubPullRequest = {
    number: state.nextNumber(repository),
    repository: fullName,
    title: body["title"],
    body: String(body["body"] ?? ""),
    head: branch,
    headCommit,
    base,
    state: "open",
    user: state.bot,
    createdAt: new Date(),
  };
  state.pullRequests.push(pull);
  return { status: 201, body: render(context, pull) };
}

/** Pull requests: list by head and state, one, open. */
export const pullRoutes = [
  repositoryRoute("GET", "/pulls", [["pull_requests", "read"]], (context) => {
    const state = context.query.get("state") ?? "open";
    const head = context.query.get("head");
    const pulls = context.state.pullRequests
      .filter((pull) => pull.repository === context.fullName && context.state.isListed(pull.createdAt))
      .filter((pull) => state === "all" || pull.state === state)
      // GitHub ignores a head that is not `owner:branch`.
      .filter((pull) => !head?.includes(":") || head === `${context.repository.owner}:${pull.head}`)
      .reverse();
    return page(
      context,
      pulls.map((pull) => render(context, pull)),
    );
  }),
  repositoryRoute("GET", "/pulls/(?<number>\\d+)", [["pull_requests", "read"]], (context) => {
    const pull = context.state.pullRequests.find(
      ({ number, repository }) => String(number) === context.parameters["number"] && repository === context.fullName,
    );
    return pull ? { status: 200, body: render(context, pull) } : failure(404, "Not Found");
  }),
  repositoryRoute("POST", "/pulls", [["pull_requests", "write"]], open),
];
