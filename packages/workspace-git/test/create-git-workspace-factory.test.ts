import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rejectsWithCode, workspaceFactoryContract, workspaceRequest } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createGitWorkspaceFactory } from "../src/create-git-workspace-factory.js";
import { createSubject, neverAborted } from "./fixtures/create-subject.js";

const create = async () => {
  const { dispose, ...subject } = await createSubject();
  return { subject, dispose };
};

for (const { name, run } of workspaceFactoryContract({ create })) test(name, run);

test("all wrong options are named at once", () => {
  const options = { directory: "", historyDepth: -1, author: { name: "a<b", email: "x" } };
  expect(() => createGitWorkspaceFactory(options)).toThrow(/directory.*author\.name.*historyDepth/s);
});

test("a missing git and one too old to be safe are refused before anything is written", async () => {
  const { workspaces, remote, directory, dispose } = await createSubject({ gitProgram: "no-such-git" });
  const problem = { part: "git", severity: "error" };
  const missing = "Git can't be started as 'no-such-git' (ENOENT): install git or set gitProgram";
  expect(await workspaces.check?.(neverAborted)).toEqual([{ ...problem, message: missing }]);
  await rejectsWithCode(workspaces.prepare(workspaceRequest(remote), neverAborted), "PROCESS_FAILED");
  const old = join(directory, "old-git");
  await writeFile(old, "#!/bin/sh\necho git version 2.30.9\n");
  await chmod(old, 0o755);
  const outdated = createGitWorkspaceFactory({ directory, allowHttp: true, gitProgram: old });
  const prepared = outdated.prepare(workspaceRequest(remote), neverAborted);
  await rejectsWithCode(prepared, "CONFIGURATION_INVALID");
  await expect(prepared).rejects.toThrow(/Git 2\.31 or newer is needed, found 'git version 2\.30\.9'/);
  const message = "Git 2.31 or newer is needed, found 'git version 2.30.9': update git";
  expect(await outdated.check?.(neverAborted)).toEqual([{ ...problem, message }]);
  const current = createGitWorkspaceFactory({ directory, allowHttp: true });
  expect(await current.check?.(neverAborted)).toEqual([]);
  await dispose();
});

test("an unusable directory is a retryable error that names the system's code", async () => {
  const { remote, directory, dispose } = await createSubject();
  await writeFile(join(directory, "file"), "");
  const workspaces = createGitWorkspaceFactory({ directory: join(directory, "file/below"), allowHttp: true });
  const prepared = workspaces.prepare(workspaceRequest(remote), neverAborted);
  await expect(prepared).rejects.toMatchObject({ code: "GIT_FAILED", isRetryable: true });
  await expect(prepared).rejects.toThrow(/Preparing a work tree failed: ENOTDIR/);
  await dispose();
});
