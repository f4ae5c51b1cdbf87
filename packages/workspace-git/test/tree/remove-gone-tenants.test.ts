import { access, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TenantCheck } from "@agentbot/core";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

let subject: TestSubject;

beforeEach(async () => {
  subject = await createSubject();
  await subject.remote.seed("main", { "README.md": "hello\n" });
});
afterEach(() => subject.dispose());

const isGone: TenantCheck = async ({ tenant }) => tenant === "1";
const remove = (check: TenantCheck = isGone): Promise<number> | undefined =>
  subject.workspaces.removeTenants?.(check, neverAborted);

async function prepareFor(tenant: string) {
  const { remote, workspaces } = subject;
  const request = workspaceRequest(remote, { repository: { ...remote.repository, tenant } });
  return { request, ...(await workspaces.prepare(request, neverAborted)) };
}

async function tenantsIn(): Promise<readonly string[]> {
  const roots = ["mirrors", "threads", "caches"].map((name) => join(subject.directory, name, "github"));
  return (await Promise.all(roots.map((root) => readdir(root)))).flat();
}

test("mirrors, caches, homes and trees of a tenant that is gone are removed, and no other's", async () => {
  for (const tenant of ["1", "2"]) {
    const { workspace, dispose } = await prepareFor(tenant);
    await writeFile(join(workspace.homeDirectory, "session.jsonl"), "{}");
    await dispose();
  }
  expect(await tenantsIn()).toEqual(["1", "2", "1", "2", "1", "2"]);
  expect(await remove()).toBe(1);
  expect(await tenantsIn()).toEqual(["2", "2", "2"]);
  expect(await remove()).toBe(0);
});

test("a removal that failed half-way is completed by the next", async () => {
  await (await prepareFor("1")).dispose();
  const failing: TenantCheck = async () => {
    throw new Error("the store is down");
  };
  await expect(remove(failing)).rejects.toThrow("the store is down");
  await remove();
  expect(await tenantsIn()).toEqual([]);
});

test("a task that still runs for such a tenant publishes nothing, and a tenant that returns starts anew", async () => {
  const { request, workspace, dispose } = await prepareFor("1");
  await writeFile(join(workspace.directory, "README.md"), "changed\n");
  await remove();
  const committing = workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  await rejectsWithCode(committing, "GIT_FAILED");
  await dispose();
  const again = await subject.workspaces.prepare(request, neverAborted);
  await access(join(again.workspace.directory, "README.md"));
  await again.dispose();
});
