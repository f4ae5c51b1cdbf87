import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createGitWorkspaceFactory } from "../src/index.js";

test("the host's variables may be process.env itself", () => {
  const directory = join(tmpdir(), "agentbot-never-made");
  expect(() => createGitWorkspaceFactory({ directory, hostEnvironment: process.env })).not.toThrow();
});

test("host variables that are not texts are refused", () => {
  const hostEnvironment = { PATH: 1 } as unknown as Record<string, string>;
  expect(() => createGitWorkspaceFactory({ directory: tmpdir(), hostEnvironment })).toThrow("hostEnvironment");
});
