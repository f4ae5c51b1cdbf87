import { workspaceFactoryContract } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createGitWorkspaceFactory } from "../src/create-git-workspace-factory.js";
import { createSubject } from "./fixtures/create-subject.js";

const create = async () => {
  const { dispose, ...subject } = await createSubject();
  return { subject, dispose };
};

for (const { name, run } of workspaceFactoryContract({ create })) test(name, run);

test("wrong options are all named at once", () => {
  const options = { directory: "", historyDepth: -1, author: { name: "a<b", email: "x" } };
  expect(() => createGitWorkspaceFactory(options)).toThrow(/directory.*author\.name.*historyDepth/s);
});
