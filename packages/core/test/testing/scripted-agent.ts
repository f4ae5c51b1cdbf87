import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "../../src/lifecycle/system-clock.js";
import type { AgentRunnerScenario } from "../../src/testing/agent/agent-runner-contract.js";
import { createScriptedRunner, type Script, type ScriptedRunner } from "../../src/testing/scripted-runner.js";

const scripts: Record<AgentRunnerScenario, Script> = {
  edits: async ({ say, write }) => {
    say("I will make the change.");
    await write("contract.txt", "edited by the agent\n");
    return {
      summary: "Made the change.",
      usage: { costUsd: 0.01, inputTokens: 100, outputTokens: 10, cacheReadTokens: 0, cacheCreationTokens: 0 },
    };
  },
  fails: async () => ({ status: "failed", reason: "agent_api", summary: "The model is gone." }),
  hangs: async ({ job, signal }) => {
    while (!signal.aborted) {
      await appendFile(join(job.directory, "heartbeat.txt"), ".");
      await sleep(10, signal);
    }
    return undefined;
  },
};

/** A scripted runner whose agent plays a scenario of the contract. */
export function createScenarioRunner(scenario: AgentRunnerScenario): ScriptedRunner {
  return createScriptedRunner({ script: scripts[scenario] });
}
