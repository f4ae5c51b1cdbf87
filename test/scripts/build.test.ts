import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTinyWorkspace, type TinyWorkspace } from "./fixtures/tiny-workspace.js";

let workspace: TinyWorkspace;
beforeEach(() => {
  workspace = createTinyWorkspace();
});
afterEach(() => workspace.dispose());

/** The build's lines without the times in them. */
function build(...rest: string[]): readonly string[] {
  const { status, lines } = workspace.run("build.mjs", ...rest);
  expect([status, ...lines]).toEqual([0, ...lines]);
  return lines.map((line) => line.replace(/ in [\d.]+ s$/, ""));
}

describe("the build", () => {
  test("builds code, then declarations with maps to the source, and nothing again while nothing changed", () => {
    const first = build();
    expect(first[0]).toBe("@tiny/core built");
    expect([...first].sort()).toEqual([
      "@agentbot/example-main built",
      "@tiny/core built",
      "@tiny/leaf built",
      "type declarations of 2 packages built",
    ]);
    const dist = join(workspace.folder, "packages/core/dist");
    expect(readFileSync(join(dist, "index.d.ts"), "utf8")).toContain("export declare const one = 1;");
    expect(JSON.parse(readFileSync(join(dist, "index.d.ts.map"), "utf8")).sources).toEqual(["../src/index.ts"]);
    expect(build().every((line) => line.endsWith("is up to date"))).toBe(true);
  });

  test("builds what changed and what depends on it, and only that", () => {
    build("--code-only");
    workspace.write("packages/leaf/src/index.ts", "export const two = 22;\n");
    expect(build("--code-only").filter((line) => line.endsWith(" built"))).toEqual(["@tiny/leaf built"]);
    workspace.write("packages/core/src/another.ts", "export {};\n");
    expect(build("--code-only").filter((line) => line.endsWith(" built"))).toHaveLength(3);
  });

  test("without declarations leaves them to the next full build", () => {
    expect(build("--code-only").some((line) => line.includes("declarations"))).toBe(false);
    expect(existsSync(join(workspace.folder, "packages/core/dist/index.d.ts"))).toBe(false);
    expect(build()).toContain("type declarations of 2 packages built");
  });

  test("that fails says where, and is not taken for done when the old source comes back", () => {
    build("--code-only");
    workspace.write("packages/core/src/index.ts", "export const one = ;\n");
    const { status, lines } = workspace.run("build.mjs", "--code-only");
    expect(status).toBe(1);
    expect(lines.join("\n")).toMatch(/@tiny\/core does not build:[\s\S]*index\.ts:1/);
    workspace.write("packages/core/src/index.ts", "/** One. */\nexport const one = 1;\n");
    expect(build("--code-only")).toContain("@tiny/core built");
  });

  test("fails on a type error of a declaration", () => {
    workspace.write("packages/core/src/index.ts", 'export const one: number = "1";\n');
    const { status, lines } = workspace.run("build.mjs");
    expect(status).toBe(1);
    expect(lines.join("\n")).toMatch(/packages\/core\/src\/index\.ts.*TS2322/);
  });
});
