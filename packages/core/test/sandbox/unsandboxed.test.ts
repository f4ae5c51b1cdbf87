import { expect, test } from "vitest";
import { createUnsandboxed } from "../../src/sandbox/unsandboxed.js";
import { sandboxContract } from "../../src/testing/sandbox-contract.js";

const contract = sandboxContract({
  create: async () => ({ subject: createUnsandboxed(), dispose: async () => {} }),
  lacks: { isolation: "it is no wall, and says so by its name" },
});
for (const { name, run } of contract) test(name, run);

test("its name says that there is no wall", () => {
  expect(createUnsandboxed().name).toBe("none");
});
