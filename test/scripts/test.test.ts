import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTinyWorkspace, type TinyWorkspace } from "./fixtures/tiny-workspace.js";

let workspace: TinyWorkspace;
beforeEach(() => {
  workspace = createTinyWorkspace();
});
afterEach(() => workspace.dispose());

const head = 'import { expect, test } from "vitest";\n\n';

describe("npm test", () => {
  test("counts tests and checks, and runs the long tests with --full and only the files that are named", () => {
    const text = `${head}test("is full", () => expect(process.env["AGENTBOT_TEST_FULL"]).toBe("1"));\n`;
    workspace.write("packages/core/test/long.test.ts", text);
    workspace.write("packages/core/test/other.test.ts", 'throw new Error("not wanted");\n');
    const { status, lines } = workspace.run("test.mjs", "--full", "long.test.ts");
    expect(lines.at(-1)).toBe("5 passed, 0 failed");
    expect(status).toBe(0);
  });

  test("counts each thing that fails, and goes on to the end", () => {
    const passing = `${head}test("passes", () => expect(1).toBe(1));\n`;
    workspace.write("packages/core/test/a.test.ts", `${passing}test("fails", () => expect(1).toBe(2));\n`);
    workspace.write("packages/core/test/b.test.ts", 'throw new Error("does not load");\n');
    workspace.write("packages/leaf/src/index.ts", "export const two: string = 2;\n");
    workspace.write("packages/leaf/src/debug.ts", "debugger;\n");
    const { status, lines } = workspace.run("test.mjs");
    expect(lines).toContain("Failed: build, type check, lint");
    expect(lines.at(-1)).toBe("2 passed, 5 failed");
    expect(status).toBe(1);
  });
});
