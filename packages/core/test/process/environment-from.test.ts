import { expect, test } from "vitest";
import { environmentFrom } from "../../src/process/index.js";

test("a child's environment holds what is on the list and set, and the extra on top, and nothing else", () => {
  const source = { PATH: "/bin", HOME: "/root", SECRET: "s", LANG: undefined };
  expect(environmentFrom(source, ["PATH", "HOME", "LANG", "TERM"], { HOME: "/home/agent" })).toEqual({
    PATH: "/bin",
    HOME: "/home/agent",
  });
});
