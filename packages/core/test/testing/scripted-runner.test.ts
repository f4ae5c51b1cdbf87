import { describe, expect, test } from "vitest";
import { createAgentJobFixture, launchFor } from "../../src/testing/agent/agent-job-fixture.js";
import { agentRunnerContract } from "../../src/testing/agent/agent-runner-contract.js";
import { createScriptedRunner } from "../../src/testing/scripted-runner.js";
import { createScenarioRunner } from "./scripted-agent.js";

describe("the scripted runner keeps the contract", () => {
  const contract = agentRunnerContract({
    create: async (scenario) => ({ subject: createScenarioRunner(scenario), dispose: async () => {} }),
    lacks: {
      launch: "it runs in this process",
      mcpServers: "it runs in this process",
      endpoint: "it runs in this process",
    },
  });
  for (const { name, run } of contract) test(name, run);
});

test("the scripted runner lets a bug of its script pass, and remembers its jobs", async () => {
  const runner = createScriptedRunner({
    name: "broken",
    script: async ({ number }) => {
      throw new Error(`bug in run ${number}`);
    },
  });
  const { job, dispose } = await createAgentJobFixture();
  const context = { signal: new AbortController().signal, onEvent: () => {}, launch: launchFor(job) };
  await expect(runner.run(job, context)).rejects.toThrow("bug in run 1");
  await expect(runner.run(job, context)).rejects.toThrow("bug in run 2");
  expect(runner.jobs).toEqual([job, job]);
  await dispose();
});
