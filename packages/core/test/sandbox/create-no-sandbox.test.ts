import { expect, test } from "vitest";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { sandboxContract } from "../../src/testing/sandbox-contract.js";

const contract = sandboxContract({
  create: async () => ({ subject: createNoSandbox(), dispose: async () => {} }),
  lacks: { isolation: "it has no wall, which its name says", network: "it has no wall, which its name says" },
});
for (const { name, run } of contract) test(name, run);

test("its name is named none", () => {
  expect(createNoSandbox().name).toBe("none");
});
