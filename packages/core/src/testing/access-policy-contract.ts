import assert from "node:assert/strict";
import type { AccessDecision, AccessPolicy } from "../ports/access-policy.js";
import type { Actor } from "../task/origin.js";
import type { RepositoryRef } from "../task/repository-ref.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";
import { taskFixture } from "./task-fixture.js";

/** A policy, and a person on each side of it. */
export interface AccessPolicySubject {
  /** The policy under test. */
  readonly policy: AccessPolicy;
  /** The repository that the persons request work in. */
  readonly repository: RepositoryRef;
  /** A person who may request work in the repository. */
  readonly allowed: Actor;
  /** A person who may not. */
  readonly refused: Actor;
  /** Makes every later lookup of the policy fail. Absent for a policy that looks nothing up. */
  readonly failLookups?: () => void;
}

const { signal } = new AbortController();

const decide = async (
  { policy, repository }: AccessPolicySubject,
  actor: Actor,
  isPreauthorized = false,
): Promise<AccessDecision> =>
  await policy.decide({ task: taskFixture({ actor, isPreauthorized, repository }), repository }, { signal });

const clauses: readonly ContractClause<AccessPolicySubject>[] = [
  {
    name: "allows the permitted actor, with the runner's tools or rules of its own",
    check: async (subject) => {
      const decision = await decide(subject, subject.allowed);
      assert.equal(decision.status, "allowed");
      for (const rule of decision.allowedTools ?? []) assert.ok(rule.length > 0);
    },
  },
  {
    name: "refuses any other actor, with a stable reason, a plain sentence and the way it is shown",
    check: async (subject) => {
      const decision = await decide(subject, subject.refused);
      assert.equal(decision.status, "refused");
      assert.match(decision.reason, /^[a-z][a-z0-9_]*$/);
      assert.match(decision.explanation, /^[A-Z][^\n]+\.$/);
      assert.match(decision.notice, /^(?:none|once)$/);
    },
  },
  {
    name: "refuses an account of another provider that has the id and login of a permitted one",
    check: async (subject) => {
      const actor = { ...subject.allowed, provider: `${subject.allowed.provider}-elsewhere` };
      assert.equal((await decide(subject, actor)).status, "refused");
    },
  },
  {
    name: "refuses an account that has a permitted one's login, and another id",
    check: async (subject) => {
      const actor = { ...subject.refused, login: subject.allowed.login };
      assert.equal((await decide(subject, actor)).status, "refused");
    },
  },
  {
    name: "allows an actor that configuration admitted at receipt",
    capability: "preauthorization",
    check: async (subject) => assert.equal((await decide(subject, subject.refused, true)).status, "allowed"),
  },
  {
    name: "throws if it cannot decide, and neither allows nor refuses",
    capability: "lookup",
    check: async (subject) => {
      assert.ok(subject.failLookups, "the subject has no failLookups, and does not declare that it lacks a lookup");
      subject.failLookups();
      for (const actor of [subject.allowed, subject.refused]) await assert.rejects(decide(subject, actor));
    },
  },
];

/**
 * The contract of the port {@link AccessPolicy}. Capabilities that may be lacking: `preauthorization`, where a policy ignores
 * what configuration admitted at receipt, and `lookup`, where it decides by its own configuration alone.
 */
export function accessPolicyContract(options: ContractOptions<AccessPolicySubject>): readonly ContractCase[] {
  return contractCases("AccessPolicy", options, clauses);
}
