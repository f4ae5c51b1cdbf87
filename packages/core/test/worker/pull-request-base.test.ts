import { describe, expect, test } from "vitest";
import type { PullRequest } from "../../src/ports/code-host.js";
import type { RepositoryResolver } from "../../src/ports/repository-resolver.js";
import { createBench } from "./fixtures/create-bench.js";

function pullRequest(overrides: Partial<PullRequest> = {}): PullRequest {
  return {
    ...{ number: 12, url: "https://acme.example/12", headBranch: "feature", headCommit: "f".repeat(40) },
    ...{ baseBranch: "main", state: "open", isFromFork: false, threadAlias: "acme:pull:12" },
    ...overrides,
  };
}

/** A bench on which the task is asked for on this pull request, or on one that is gone; of the task's repository by default. */
async function askOnPullRequest(
  found: PullRequest | null,
  { repositoryId, headCommit = null }: { readonly repositoryId?: string; readonly headCommit?: string | null } = {},
) {
  const bench = await createBench({ branches: ["main", "feature"] });
  const { codeHost } = bench.acme;
  const provider = {
    ...bench.provider,
    codeHost: {
      ...codeHost,
      findPullRequest: async (...[repository, query, options]: Parameters<typeof codeHost.findPullRequest>) =>
        "number" in query ? found : await codeHost.findPullRequest(repository, query, options),
    },
  };
  const { origin } = bench.draft();
  const { repository } = bench.acme;
  const resolver: RepositoryResolver = { resolve: async () => ({ status: "resolved", repository }) };
  const taskId = await bench.ask(
    origin && {
      origin: { ...origin, pullRequest: { repositoryId: repositoryId ?? repository.id, number: 12, headCommit } },
    },
  );
  await bench.startWorker({ providers: [provider], resolver });
  return { bench, task: await bench.ended(taskId) };
}

describe("a task on a pull request", () => {
  test("from a fork is cancelled", async () => {
    const { bench, task } = await askOnPullRequest(pullRequest({ isFromFork: true }));
    expect(task).toMatchObject({ status: "cancelled", reason: "fork_unsupported" });
    expect(bench.comments()).toEqual([expect.stringContaining("forks cannot be worked on yet")]);
    expect(bench.agent.jobs).toEqual([]);
  });

  test("that is gone is cancelled", async () => {
    const { task } = await askOnPullRequest(null);
    expect(task).toMatchObject({ status: "cancelled", reason: "pull_request_gone" });
  });

  test("builds on its branch and opens the new one against it", async () => {
    const { bench, task } = await askOnPullRequest(pullRequest());
    expect(task.status).toBe("succeeded");
    expect(bench.workspaces.requests.at(-1)).toMatchObject({ baseBranch: "feature" });
    expect(bench.acme.codeHost.pullRequests).toMatchObject([{ baseBranch: "feature" }]);
  });

  test.each([
    ["of the event, whatever was pushed since", "a".repeat(40), "a".repeat(40)],
    ["that its first run saw, where the event names none", null, "f".repeat(40)],
  ])("builds on the commit %s", async (_, headCommit, expected) => {
    const { bench, task } = await askOnPullRequest(pullRequest(), { headCommit });
    // Neither commit is in the repository any more: then the newest of the branch is worked on.
    expect(bench.workspaces.requests).toMatchObject([
      { baseBranch: "feature", baseCommit: expected },
      { baseBranch: "feature", baseCommit: null },
    ]);
    expect(task.status).toBe("succeeded");
  });

  test.each([false, true])("that is merged builds on its base branch (from a fork: %s)", async (isFromFork) => {
    const merged = pullRequest({ state: "merged", baseBranch: "feature", headBranch: "deleted", isFromFork });
    const { bench, task } = await askOnPullRequest(merged);
    expect(task.status).toBe("succeeded");
    expect(bench.workspaces.requests).toMatchObject([{ baseBranch: "feature" }]);
  });

  test("that is merged and whose base is gone builds on the default branch", async () => {
    const { bench, task } = await askOnPullRequest(pullRequest({ state: "merged", baseBranch: "gone" }));
    expect(task.status).toBe("succeeded");
    expect(bench.workspaces.requests).toMatchObject([{ baseBranch: "gone" }, { baseBranch: "main" }]);
    expect(bench.acme.codeHost.pullRequests).toMatchObject([{ baseBranch: "main" }]);
  });

  test("that is open and whose branch is gone fails with one sentence, and costs nothing", async () => {
    const { bench, task } = await askOnPullRequest(pullRequest({ headBranch: "gone" }));
    expect(task).toMatchObject({ status: "failed", reason: "branch_missing" });
    expect(bench.comments()).toEqual([expect.stringContaining("does not exist any more")]);
    expect(bench.agent.jobs).toEqual([]);
  });

  test.each([pullRequest(), pullRequest({ isFromFork: true }), null])(
    "of another repository builds on the default branch, whatever has its number here: %j",
    async (found) => {
      const { bench, task } = await askOnPullRequest(found, { repositoryId: "another" });
      expect(task.status).toBe("succeeded");
      expect(bench.workspaces.requests).toMatchObject([{ baseBranch: "main" }]);
      expect(bench.acme.codeHost.pullRequests).toMatchObject([{ baseBranch: "main" }]);
    },
  );
});
