import assert from "node:assert/strict";
import type { CodeHost, PullRequestDraft, RepositoryPermission } from "../../ports/code-host.js";
import type { Actor } from "../../task/origin.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";

/** A code host with a repository. */
export interface CodeHostSubject {
  /** The code host under test. */
  readonly codeHost: CodeHost;
  /** A repository that the bot can reach. */
  readonly repository: RepositoryRef;
  /** A repository that the bot cannot reach: it does not exist, or the bot is not installed there. */
  readonly goneRepository: RepositoryRef;
  /** One person for each permission that the host has; at least `write` and `none`. */
  readonly people: Readonly<Partial<Record<RepositoryPermission, Actor>>>;
  /** A file of the default branch, in a directory. */
  readonly file: { readonly path: string; readonly text: string };
  /** Two branches with commits that the default branch has not. */
  readonly branches: readonly [string, string];
  /** Returns true if git reaches the repository with this `Authorization`. */
  readonly canReach: (authorization: string) => Promise<boolean>;
}

const { signal } = new AbortController();

function draftOf({ repository }: CodeHostSubject, headBranch: string): PullRequestDraft {
  return { headBranch, baseBranch: repository.defaultBranch, title: "A change", body: "Made for a test" };
}

const clauses: readonly ContractClause<CodeHostSubject>[] = [
  {
    name: "issues a credential with which git reaches the repository, and keeps the secret out of the address",
    check: async ({ codeHost, repository, canReach }) => {
      const credential = await codeHost.credentials(repository, { signal });
      assert.equal(credential.path, repository.path);
      assert.ok([repository.defaultBranch, null].includes(credential.defaultBranch));
      assert.match(credential.gitUrl, /^https?:\/\//);
      assert.match(credential.branchUrl("agentbot/1"), /^https?:\/\/.*agentbot\/1$/);
      assert.ok(!new URL(credential.gitUrl).password, "the secret belongs into the header, not into the address");
      assert.equal(await canReach(credential.authorization), true);
      await credential.revoke();
    },
  },
  {
    name: "ends a credential that is revoked, and again without harm",
    capability: "revocation",
    check: async ({ codeHost, repository, canReach }) => {
      const credential = await codeHost.credentials(repository, { signal });
      await credential.revoke();
      await credential.revoke();
      assert.equal(await canReach(credential.authorization), false);
    },
  },
  {
    name: "issues a credential of its own to each run",
    check: async ({ codeHost, repository, canReach }) => {
      const both = await Promise.all([1, 2].map(() => codeHost.credentials(repository, { signal })));
      await both[0]?.revoke();
      assert.equal(await canReach(both[1]?.authorization ?? ""), true);
    },
  },
  {
    name: "issues no credential for a repository out of reach",
    check: async ({ codeHost, goneRepository }) => {
      await rejectsWithCode(codeHost.credentials(goneRepository, { signal }), "PROVIDER_REJECTED");
    },
  },
  {
    name: "returns the permission of each person",
    check: async ({ codeHost, repository, people }) => {
      assert.ok(people.write && people.none, "the subject needs a person with write permission and one without");
      for (const [permission, actor] of Object.entries(people)) {
        assert.equal(await codeHost.permission(repository, actor, { signal }), permission);
      }
    },
  },
  {
    name: "grants nothing to an account that has another's former login",
    check: async ({ codeHost, repository, people }) => {
      const actor = { provider: repository.provider, id: "999999999", login: people.write?.login ?? "" };
      assert.equal(await codeHost.permission(repository, actor, { signal }), "none");
    },
  },
  {
    name: "grants nothing to an account of another provider with the same id and login",
    check: async ({ codeHost, repository, people }) => {
      assert.ok(people.write);
      const actor = { ...people.write, provider: `${repository.provider}-chat` };
      assert.equal(await codeHost.permission(repository, actor, { signal }), "none");
    },
  },
  {
    name: "reads a file of the default branch, and null where there is none",
    check: async ({ codeHost, repository, file }) => {
      assert.equal(await codeHost.readFile(repository, file.path, { signal }), file.text);
      assert.equal(await codeHost.readFile(repository, `${file.path}.missing`, { signal }), null);
      assert.equal(await codeHost.readFile(repository, file.path.split("/")[0] ?? "", { signal }), null);
    },
  },
  {
    name: "opens a pull request once, and finds it by branch and by number",
    check: async (subject) => {
      const { codeHost, repository, branches } = subject;
      const [branch, other] = branches;
      assert.equal(await codeHost.findPullRequest(repository, { headBranch: branch }, { signal }), null);
      const opened = await codeHost.openPullRequest(repository, draftOf(subject, branch), { signal });
      assert.equal(opened.headBranch, branch);
      assert.equal(opened.baseBranch, repository.defaultBranch);
      assert.equal(opened.state, "open");
      assert.equal(opened.isFromFork, false);
      assert.ok(opened.threadAlias.length > 0 && opened.headCommit.length > 0);
      const second = await codeHost.openPullRequest(repository, draftOf(subject, other), { signal });
      assert.notEqual(second.number, opened.number);
      assert.deepEqual(await codeHost.openPullRequest(repository, draftOf(subject, branch), { signal }), opened);
      assert.deepEqual(await codeHost.findPullRequest(repository, { headBranch: branch }, { signal }), opened);
      assert.deepEqual(await codeHost.findPullRequest(repository, { number: opened.number }, { signal }), opened);
      assert.equal(await codeHost.findPullRequest(repository, { number: 987_654 }, { signal }), null);
    },
  },
  {
    name: "opens no pull request for a branch that does not exist",
    check: async (subject) => {
      const draft = draftOf(subject, "missing-branch");
      await rejectsWithCode(
        subject.codeHost.openPullRequest(subject.repository, draft, { signal }),
        "PROVIDER_REJECTED",
      );
    },
  },
  {
    name: "opens a pull request into the default branch where the base is gone, if the draft allows that",
    check: async (subject) => {
      const { codeHost, repository, branches } = subject;
      const draft = { ...draftOf(subject, branches[0]), baseBranch: "missing-base" };
      await rejectsWithCode(codeHost.openPullRequest(repository, draft, { signal }), "PROVIDER_REJECTED");
      const allowed = { ...draft, mayUseDefaultBranch: true };
      const opened = await codeHost.openPullRequest(repository, allowed, { signal });
      assert.equal(opened.baseBranch, repository.defaultBranch);
      assert.deepEqual(await codeHost.openPullRequest(repository, allowed, { signal }), opened);
    },
  },
  {
    name: "does nothing once its signal has aborted",
    check: async (subject) => {
      const { codeHost, repository, branches, people, file } = subject;
      const actor = people.write ?? { provider: repository.provider, id: "", login: "" };
      const stopped = { signal: AbortSignal.abort(new Error("Stopped")) };
      await assert.rejects(codeHost.credentials(repository, stopped), /Stopped/);
      await assert.rejects(codeHost.readFile(repository, file.path, stopped), /Stopped/);
      await assert.rejects(codeHost.permission(repository, actor, stopped), /Stopped/);
      await assert.rejects(codeHost.openPullRequest(repository, draftOf(subject, branches[0]), stopped), /Stopped/);
      assert.equal(await codeHost.findPullRequest(repository, { headBranch: branches[0] }, { signal }), null);
    },
  },
];

/** The contract of the port {@link CodeHost}. Capability that may be lacking: `revocation` of a credential. */
export function codeHostContract(options: ContractOptions<CodeHostSubject>): readonly ContractCase[] {
  return contractCases("CodeHost", options, clauses);
}
