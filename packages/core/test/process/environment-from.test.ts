import { expect, test } from "vitest";
import { environmentFrom } from "../../src/process/index.js";

test("a child's environment has the listed variables that are set, the extra ones on top, and no others", () => {
  const source = { PATH: "/bin", HOME: "/root", SECRET: "s", LANG: undefined };
  expect(environmentFrom(source, ["PATH", "HOME", "LANG", "TERM"], { HOME: "/home/agent" })).toEqual({
    PATH: "/bin",
    HOME: "/home/agent",
  });
});
