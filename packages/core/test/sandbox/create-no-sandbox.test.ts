import { expect, test } from "vitest";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { sandboxContract } from "../../src/testing/sandbox-contract.js";

const contract = sandboxContract({
  create: async () => ({ subject: createNoSandbox(), dispose: async () => {} }),
  lacks: { isolation: "it is no wall, and says so by its name" },
});
for (const { name, run } of contract) test(name, run);

test("its name says that there is no wall", () => {
  expect(createNoSandbox().name).toBe("none");
});
