import { existsSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTinyWorkspace, type TinyWorkspace } from "./fixtures/tiny-workspace.js";

let workspace: TinyWorkspace;
beforeEach(() => {
  workspace = createTinyWorkspace();
  rmSync(join(workspace.folder, "node_modules"), { recursive: true });
  workspace.write("local/package.json", '{ "name": "local", "version": "1.0.0" }');
  workspace.write("package.json", '{ "name": "tiny", "dependencies": { "local": "file:local" } }');
  const packages = {
    "": { name: "tiny", dependencies: { local: "file:local" } },
    local: { version: "1.0.0" },
    "node_modules/local": { resolved: "local", link: true },
  };
  workspace.write("package-lock.json", JSON.stringify({ name: "tiny", lockfileVersion: 3, requires: true, packages }));
});
afterEach(() => workspace.dispose());

describe("the installation", () => {
  test("is made if it is missing, prints one line, and is not made twice", () => {
    expect(workspace.run("ensure-installed.mjs")).toEqual({
      status: 0,
      lines: ["Installing dependencies (npm ci) ..."],
    });
    expect(existsSync(join(workspace.folder, "node_modules/local/package.json"))).toBe(true);
    expect(workspace.run("ensure-installed.mjs")).toEqual({ status: 0, lines: [""] });
  });

  test("is not made again for a lock file that is newer but the same", () => {
    workspace.run("ensure-installed.mjs");
    const future = new Date(Date.now() + 60_000);
    utimesSync(join(workspace.folder, "package-lock.json"), future, future);
    expect(workspace.run("ensure-installed.mjs").lines).toEqual([""]);
  });

  test("that fails shows the output of npm", () => {
    workspace.write("package-lock.json", "{}");
    const { status, lines } = workspace.run("ensure-installed.mjs");
    expect(status).toBe(1);
    expect(lines.join("\n")).toMatch(/npm ci failed:[\s\S]*npm error/);
  });
});
