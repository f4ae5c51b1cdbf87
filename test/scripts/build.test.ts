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

const builtBy = (...rest: string[]): readonly string[] => build(...rest).filter((line) => line.endsWith(" built"));

describe("the build", () => {
  test("builds code, then declarations with maps to the source, and nothing again while nothing changed", () => {
    const first = build("--code-only");
    expect(first[0]).toBe("@tiny/core built");
    expect([...first].sort()).toEqual(["@agentbot/example-main built", "@tiny/core built", "@tiny/leaf built"]);
    const dist = join(workspace.folder, "packages/core/dist");
    expect(existsSync(join(dist, "index.d.ts"))).toBe(false);

    expect(build()).toContain("type declarations of 2 packages built");
    expect(readFileSync(join(dist, "index.d.ts"), "utf8")).toContain("export declare const one = 1;");
    expect(JSON.parse(readFileSync(join(dist, "index.d.ts.map"), "utf8")).sources).toEqual(["../src/index.ts"]);
    expect(build().every((line) => line.endsWith("is up to date"))).toBe(true);
  });

  test("builds what changed and what depends on it, and a failed build is not taken for done", () => {
    build("--code-only");
    workspace.write("packages/leaf/src/index.ts", "export const two = 22;\n");
    expect(builtBy("--code-only")).toEqual(["@tiny/leaf built"]);

    workspace.write("packages/core/src/index.ts", "export const one = ;\n");
    const { status, lines } = workspace.run("build.mjs", "--code-only");
    expect(status).toBe(1);
    expect(lines.join("\n")).toMatch(/@tiny\/core does not build:[\s\S]*index\.ts:1/);
    workspace.write("packages/core/src/index.ts", "/** One. */\nexport const one = 1;\n");
    expect(builtBy("--code-only")).toEqual(["@tiny/core built"]);
    workspace.write("packages/core/src/another.ts", "export {};\n");
    expect(builtBy("--code-only")).toHaveLength(3);
  });

  test("fails on a type error of a declaration", () => {
    workspace.write("packages/core/src/index.ts", 'export const one: number = "1";\n');
    const { status, lines } = workspace.run("build.mjs");
    expect(status).toBe(1);
    expect(lines.join("\n")).toMatch(/packages\/core\/src\/index\.ts.*TS2322/);
  });
});
