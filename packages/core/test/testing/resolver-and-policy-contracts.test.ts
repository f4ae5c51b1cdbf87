import type { AccessPolicy, RepositoryResolver } from "@agentbot/core";
import { createPermissionPolicy, createRepositoryResolver } from "@agentbot/core";
import {
  accessPolicyContract,
  createFakeProvider,
  repositoryFixture,
  repositoryResolverContract,
  taskFixture,
} from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";

const dispose = async (): Promise<void> => {};

const subjectOf = (breaking: (resolver: RepositoryResolver) => RepositoryResolver["resolve"]) => async () => {
  const { origin } = taskFixture();
  const repository = repositoryFixture();
  const { provider, tenant } = origin;
  const resolver = createRepositoryResolver({ repositories: [{ ...repository, origins: [{ provider, tenant }] }] });
  const subject = {
    resolver: { resolve: breaking(resolver) },
    repository,
    origin,
    foreignOrigin: taskFixture().origin,
  };
  return { subject, dispose };
};

describe("the default resolver keeps the repository resolver contract", () => {
  for (const { name, run } of repositoryResolverContract({ create: subjectOf(({ resolve }) => resolve) })) {
    test(name, run);
  }
});

describe("the repository resolver suite", () => {
  const missed = (about: RegExp, breaking: (resolver: RepositoryResolver) => RepositoryResolver["resolve"]) =>
    casesThatMissIt(repositoryResolverContract({ create: subjectOf(breaking) }), about);

  test("catches one that trusts what is remembered, or what a text names", async () => {
    const trusting = ({ resolve }: RepositoryResolver): RepositoryResolver["resolve"] => {
      return async (request, options) =>
        request.remembered ? { status: "resolved", repository: request.remembered } : await resolve(request, options);
    };
    expect(await missed(/another tenant's place|is not configured/, trusting)).toEqual([]);
    const obedient = ({ resolve }: RepositoryResolver): RepositoryResolver["resolve"] => {
      return async (request, options) => {
        const [path = ""] = request.task.instruction.split(" ");
        if (!path.includes("/")) return await resolve(request, options);
        return { status: "resolved", repository: repositoryFixture({ path }) };
      };
    };
    expect(await missed(/is not configured/, obedient)).toEqual([]);
  });

  test("catches one that offers a repository at another tenant's place", async () => {
    const generous = ({ resolve }: RepositoryResolver): RepositoryResolver["resolve"] => {
      return async (request, options) => {
        const offered = request.task.repository ?? request.remembered;
        const resolution = await resolve(request, options);
        if (resolution.status === "resolved" || !offered) return resolution;
        return { status: "question", question: "Where?", choices: [offered] };
      };
    };
    expect(await missed(/another tenant's place/, generous)).toEqual([]);
  });

  test("catches one that always asks, refuses without words or changes its mind", async () => {
    const asking = () => async () => ({ status: "question", question: "Where?", choices: [] }) as const;
    expect(await missed(/event named|remembered for the thread|instruction names/, asking)).toEqual([]);
    const silent = () => async () => ({ status: "refused", reason: "No", explanation: "" }) as const;
    expect(await missed(/in plain words/, silent)).toEqual([]);
    const restless = () => async () => ({ status: "resolved", repository: repositoryFixture() }) as const;
    expect(await missed(/same answer/, restless)).toEqual([]);
  });
});

const policySubjectOf = (breaking: (policy: AccessPolicy) => AccessPolicy["decide"]) => async () => {
  const acme = createFakeProvider({ permissions: { "1": "write" }, defaultPermission: "read" });
  let isFailing = false;
  const permission: typeof acme.codeHost.permission = async (...request) => {
    if (isFailing) throw new Error("the code host is down");
    return await acme.codeHost.permission(...request);
  };
  const policy = createPermissionPolicy({ codeHosts: new Map([["acme", { permission }]]) });
  const subject = {
    policy: { decide: breaking(policy) },
    repository: acme.repository,
    allowed: { provider: "acme", id: "1", login: "ada" },
    refused: { provider: "acme", id: "2", login: "bob" },
    failLookups: () => {
      isFailing = true;
    },
  };
  return { subject, dispose };
};

describe("the default policy keeps the access policy contract", () => {
  for (const { name, run } of accessPolicyContract({ create: policySubjectOf(({ decide }) => decide) })) {
    test(name, run);
  }
});

describe("the access policy suite", () => {
  const missed = (about: RegExp, breaking: (policy: AccessPolicy) => AccessPolicy["decide"]) =>
    casesThatMissIt(accessPolicyContract({ create: policySubjectOf(breaking) }), about);
  const allowed = { status: "allowed", allowedTools: null } as const;

  test("catches one that allows everything, or forgets what was admitted", async () => {
    expect(await missed(/^AccessPolicy: refuses/, () => async () => allowed)).toEqual([]);
    const forgetful = ({ decide }: AccessPolicy): AccessPolicy["decide"] => {
      return ({ task, repository }, options) =>
        decide({ task: { ...task, isPreauthorized: false }, repository }, options);
    };
    expect(await missed(/admitted at receipt/, forgetful)).toEqual([]);
  });

  test("catches one that identifies accounts by login, or by id alone", async () => {
    const byLogin = ({ decide }: AccessPolicy): AccessPolicy["decide"] => {
      return async (request, options) =>
        request.task.actor.login === "ada" ? allowed : await decide(request, options);
    };
    expect(await missed(/another provider|another id/, byLogin)).toEqual([]);
    const byId = ({ decide }: AccessPolicy): AccessPolicy["decide"] => {
      return ({ task, repository }, options) =>
        decide({ task: { ...task, actor: { ...task.actor, provider: "acme" } }, repository }, options);
    };
    expect(await missed(/another provider/, byId)).toEqual([]);
  });

  test("catches one whose refusal leaves open how it is shown", async () => {
    const vague = ({ decide }: AccessPolicy): AccessPolicy["decide"] => {
      return async (...request) => {
        const decision = await decide(...request);
        return decision.status === "refused" ? { ...decision, notice: "" as never } : decision;
      };
    };
    expect(await missed(/the way it is shown/, vague)).toEqual([]);
  });

  test("catches one that decides though its lookup failed", async () => {
    const guessing = ({ decide }: AccessPolicy): AccessPolicy["decide"] => {
      return async (...request) => await decide(...request).catch(() => allowed);
    };
    expect(await missed(/cannot decide/, guessing)).toEqual([]);
  });
});
