import assert from "node:assert/strict";
import type { RepositoryResolution, RepositoryResolver } from "../ports/repository-resolver.js";
import type { Origin } from "../task/origin.js";
import type { RepositoryRef } from "../task/repository-ref.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";
import { repositoryFixture } from "./task-draft-fixture.js";
import { taskFixture } from "./task-fixture.js";

/** A resolver, and what its operator has configured. */
export interface RepositoryResolverSubject {
  /** The resolver under test. */
  readonly resolver: RepositoryResolver;
  /** A repository that can be chosen from `origin`. */
  readonly repository: RepositoryRef;
  /** A place of the tenant for which the repository is configured. */
  readonly origin: Origin;
  /** A place of another tenant, from which `repository` cannot be chosen. */
  readonly foreignOrigin: Origin;
}

/** Resolves a task whose event names no repository, unless one is given. */
const resolve = async (
  { resolver, origin }: RepositoryResolverSubject,
  overrides: {
    readonly instruction?: string;
    readonly origin?: Origin;
    readonly repository?: RepositoryRef;
    readonly remembered?: RepositoryRef | null;
  },
): Promise<RepositoryResolution> => {
  const { instruction = "fix the flaky test", repository = null, remembered = null } = overrides;
  const task = taskFixture({ repository, origin: overrides.origin ?? origin, instruction });
  return await resolver.resolve({ task, remembered }, { signal: new AbortController().signal });
};

const clauses: readonly ContractClause<RepositoryResolverSubject>[] = [
  {
    name: "a repository of the origin's tenant that the event named is resolved as it is, whatever is remembered",
    check: async ({ resolver, origin }) => {
      const { provider, tenant } = origin;
      const named = repositoryFixture({ provider, tenant });
      for (const remembered of [null, repositoryFixture()]) {
        const request = { task: taskFixture({ repository: named, origin }), remembered };
        const resolution = await resolver.resolve(request, { signal: new AbortController().signal });
        assert.deepEqual(resolution, { status: "resolved", repository: named });
      }
    },
  },
  {
    name: "the repository remembered for the thread is resolved where it can be chosen",
    check: async (subject) => {
      const { repository } = subject;
      assert.deepEqual(await resolve(subject, { remembered: repository }), { status: "resolved", repository });
    },
  },
  {
    name: "a repository that the instruction names is resolved where it can be chosen",
    check: async (subject) => {
      const { repository } = subject;
      const resolution = await resolve(subject, { instruction: `in ${repository.path}: fix the flaky test` });
      assert.deepEqual(resolution, { status: "resolved", repository });
    },
  },
  {
    name: "a repository is never resolved or offered at another tenant's place, whether a text or the event names it or it is remembered",
    check: async (subject) => {
      const { repository, foreignOrigin: origin } = subject;
      for (const request of [
        { instruction: `${repository.path} fix it`, origin },
        { repository, origin },
        { remembered: repository, origin },
      ]) {
        const resolution = await resolve(subject, request);
        assert.ok(resolution.status !== "resolved" || resolution.repository.id !== repository.id);
        const choices = resolution.status === "question" ? resolution.choices : [];
        assert.ok(choices.every(({ id }) => id !== repository.id));
      }
    },
  },
  {
    name: "a name that is not configured resolves to no repository of that name",
    check: async (subject) => {
      const unknown = repositoryFixture();
      for (const request of [{ instruction: `${unknown.path} fix it` }, { remembered: unknown }]) {
        const resolution = await resolve(subject, request);
        assert.ok(resolution.status !== "resolved" || resolution.repository.path !== unknown.path);
      }
    },
  },
  {
    name: "what is not resolved is a question, or a refusal with a stable reason, in plain words",
    check: async (subject) => {
      for (const request of [{}, { origin: subject.foreignOrigin }]) {
        const resolution = await resolve(subject, request);
        if (resolution.status === "question") assert.match(resolution.question, /^[A-Z].+[^\s]$/s);
        if (resolution.status !== "refused") continue;
        assert.match(resolution.reason, /^[a-z][a-z0-9_]*$/);
        assert.match(resolution.explanation, /^[A-Z].+\.$/s);
      }
    },
  },
  {
    name: "the same request has the same answer each time",
    check: async (subject) => {
      for (const instruction of ["fix the flaky test", subject.repository.path]) {
        assert.deepEqual(await resolve(subject, { instruction }), await resolve(subject, { instruction }));
      }
    },
  },
];

/** The contract of the port {@link RepositoryResolver}. */
export function repositoryResolverContract(
  options: ContractOptions<RepositoryResolverSubject>,
): readonly ContractCase[] {
  return contractCases("RepositoryResolver", options, clauses);
}
