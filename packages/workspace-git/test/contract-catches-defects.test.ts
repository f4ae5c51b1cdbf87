import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DisposableWorkspace, WorkspaceFactory, WorkspaceRequest } from "@agentbot/core";
import { type ContractSubject, type WorkspaceSubject, workspaceFactoryContract } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createSubject } from "./fixtures/create-subject.js";

type Break = (
  request: WorkspaceRequest,
  whole: WorkspaceFactory,
  options: { readonly signal: AbortSignal },
) => Promise<DisposableWorkspace>;

const defects: readonly (readonly [defect: string, caughtBy: string, Break])[] = [
  [
    "dispose leaves the tree",
    "dispose removes the tree",
    async (request, whole, options) => ({ ...(await whole.prepare(request, options)), dispose: async () => {} }),
  ],
  [
    "the branch asked for is ignored",
    "another branch by a task that asks for it",
    (request, whole, options) => whole.prepare({ ...request, baseBranch: "main" }, options),
  ],
  [
    "the date is not frozen",
    "the same work at the same frozen date",
    async (request, whole, options) => {
      const { workspace, dispose } = await whole.prepare(request, options);
      let calls = 0;
      const at = (): Date => {
        calls += 1;
        return new Date(calls * 1_000);
      };
      return {
        workspace: { ...workspace, commit: (wanted, more) => workspace.commit({ ...wanted, at: at() }, more) },
        dispose,
      };
    },
  ],
  [
    "secrets are not looked for",
    "a change that holds a secret",
    async (request, whole, options) => {
      const { workspace, dispose } = await whole.prepare(request, options);
      const commit: typeof workspace.commit = (wanted, more) => workspace.commit({ ...wanted, secrets: [] }, more);
      return { workspace: { ...workspace, commit }, dispose };
    },
  ],
  [
    "publishing does nothing",
    "a published commit is the branch's head",
    async (request, whole, options) => {
      const { workspace, dispose } = await whole.prepare(request, options);
      return { workspace: { ...workspace, publish: async () => {} }, dispose };
    },
  ],
  [
    "an unchanged tree is committed all the same",
    "a tree that is as it was is unchanged",
    async (request, whole, options) => {
      const made = await whole.prepare(request, options);
      await writeFile(join(made.workspace.directory, "extra.txt"), "extra\n");
      return made;
    },
  ],
];

test.each(defects)("a factory where %s fails the case '%s'", async (_defect, caughtBy, prepare) => {
  const create = async (): Promise<ContractSubject<WorkspaceSubject>> => {
    const { workspaces, remote, dispose } = await createSubject();
    return {
      subject: { workspaces: { prepare: (request, options) => prepare(request, workspaces, options) }, remote },
      dispose,
    };
  };
  const found = workspaceFactoryContract({ create }).find(({ name }) => name.includes(caughtBy));
  await expect(found?.run()).rejects.toMatchObject({ code: "ERR_ASSERTION" });
});
