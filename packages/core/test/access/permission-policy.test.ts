import { describe, expect, test } from "vitest";
import { createPermissionPolicy, type PermissionPolicyOptions } from "../../src/access/create-permission-policy.js";
import type { RepositoryPermission } from "../../src/ports/code-host.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { repositoryFixture, taskDraftFixture } from "../../src/testing/task-draft-fixture.js";

const { signal } = new AbortController();
const repository = repositoryFixture({ path: "acme/site" });

/** A policy over a code host that grants all actors this permission, and the number of its calls. */
function policyWith(permission: RepositoryPermission, options: Omit<PermissionPolicyOptions, "codeHosts"> = {}) {
  let calls = 0;
  const codeHost = {
    permission: async () => {
      calls += 1;
      return permission;
    },
  };
  return {
    policy: createPermissionPolicy({ codeHosts: new Map([["acme", codeHost]]), ...options }),
    calls: () => calls,
  };
}

describe("the default access policy", () => {
  test.each(["write", "maintain", "admin"] as const)("allows an actor of the code host with %s", async (permission) => {
    const { policy } = policyWith(permission);
    const decision = await policy.decide({ task: taskDraftFixture(), repository }, { signal });
    expect(decision).toEqual({ status: "allowed", allowedTools: null });
  });

  test.each(["triage", "read", "none"] as const)(
    "refuses an actor of the code host with %s, in silence",
    async (permission) => {
      const { policy } = policyWith(permission);
      expect(await policy.decide({ task: taskDraftFixture(), repository }, { signal })).toEqual({
        ...{ status: "refused", reason: "not_permitted" },
        explanation: "Only people who can write to acme/site can ask for work here.",
        notice: "none",
      });
    },
  );

  test("refuses with one notice a thread where the operator has chosen so", async () => {
    const { policy } = policyWith("read", { notice: "once" });
    expect(await policy.decide({ task: taskDraftFixture(), repository }, { signal })).toMatchObject({ notice: "once" });
    expect(() => policyWith("read", { notice: "always" as never })).toThrow(/notice/);
  });

  test("refuses an actor of another provider without a call, although the ids are the same", async () => {
    const { policy, calls } = policyWith("admin");
    const actor = { ...taskDraftFixture().actor, provider: "chat" };
    const decision = await policy.decide({ task: taskDraftFixture({ actor }), repository }, { signal });
    expect([decision.status, calls()]).toEqual(["refused", 0]);
  });

  test("allows an actor that was admitted at receipt without a call", async () => {
    const { policy, calls } = policyWith("none");
    const task = taskDraftFixture({ isPreauthorized: true });
    expect([(await policy.decide({ task, repository }, { signal })).status, calls()]).toEqual(["allowed", 0]);
  });

  test("throws if the repository's provider has no code host, rather than refuse", async () => {
    const policy = createPermissionPolicy({ codeHosts: new Map() });
    const decision = policy.decide({ task: taskDraftFixture(), repository }, { signal });
    await expect(decision).rejects.toMatchObject({ code: "PROVIDER_UNKNOWN" });
  });

  test("calls the code host once for all requests of an actor that come together, and again after a grant or a minute", async () => {
    const clock = createManualClock();
    for (const [permission, ageMs] of [["read", 60_000] as const, ["write", 0] as const]) {
      const { policy, calls } = policyWith(permission, { clock });
      const decide = () =>
        policy.decide({ task: taskDraftFixture(), repository }, { signal: new AbortController().signal });
      await Promise.all(Array.from({ length: 40 }, decide));
      if (ageMs > 0) await clock.advance(ageMs - 1);
      if (ageMs > 0) await decide();
      expect([permission, calls()]).toEqual([permission, 1]);
      await clock.advance(1);
      await decide();
      expect([permission, calls()]).toEqual([permission, 2]);
    }
  });

  test("calls it again for another repository, and for another actor", async () => {
    const { policy, calls } = policyWith("read");
    const task = taskDraftFixture();
    await policy.decide({ task, repository }, { signal });
    await policy.decide({ task, repository: { ...repository, id: "other" } }, { signal });
    await policy.decide({ task: { ...task, actor: { ...task.actor, id: "other" } }, repository }, { signal });
    expect(calls()).toBe(3);
  });

  test("does not remember an error, nor pass the stop of one run on to another", async () => {
    const stopped = new AbortController();
    let calls = 0;
    const permission = (_repository: unknown, _actor: unknown, { signal: given }: { readonly signal: AbortSignal }) => {
      calls += 1;
      if (calls > 1) return Promise.resolve("write" as const);
      return new Promise<never>((_, reject) => given.addEventListener("abort", () => reject(given.reason)));
    };
    const policy = createPermissionPolicy({ codeHosts: new Map([["acme", { permission }]]) });
    const request = { task: taskDraftFixture(), repository };
    const first = policy.decide(request, { signal: stopped.signal });
    const second = policy.decide(request, { signal });
    stopped.abort(new Error("the run was stopped"));
    await expect(first).rejects.toThrow("the run was stopped");
    expect([(await second).status, calls]).toEqual(["allowed", 2]);
  });
});
