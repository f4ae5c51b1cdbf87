import { agentRunnerContract } from "@agentbot/core/testing";
import { test } from "vitest";
import { createClaudeRunner } from "../src/index.js";
import { fixtureOptions } from "./run-fixture.js";

const contract = agentRunnerContract({
  create: async (scenario) => ({
    subject: createClaudeRunner(fixtureOptions("scripted-claude", { environment: { SCENARIO: scenario } })),
    dispose: async () => {},
  }),
});
for (const { name, run } of contract) test(name, run);
