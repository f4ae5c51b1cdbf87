import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { type MessagesScript, says, startMessagesApi, uses } from "@agentbot/adapter-claude-cli/testing";
import { type AgentRunnerScenario, agentRunnerContract } from "@agentbot/core/testing";
import { test } from "vitest";
import { claudeProgram, describeWithClaude } from "./fixtures/real-claude.js";

const beat = "while :; do echo . >> heartbeat.txt; sleep 0.01; done";

const scripts: Readonly<Record<AgentRunnerScenario, MessagesScript>> = {
  edits: [
    uses("Write", { file_path: "contract.txt", content: "edited by the agent\n" }, "I will make the change."),
    says("Made the change."),
  ],
  fails: [],
  hangs: [uses("Bash", { command: `(${beat}) & ${beat}`, description: "Beat" }), says("It never comes to this.")],
};

const contract = agentRunnerContract({
  create: async (scenario) => {
    const api = await startMessagesApi({ script: scripts[scenario] });
    const subject = createClaudeRunner({
      program: claudeProgram(),
      environment: { PATH: process.env["PATH"] ?? "" },
      apiKey: api.apiKey,
      baseUrl: api.url,
      allowedTools: ["Bash"],
      killGraceMs: 1000,
    });
    return { subject, dispose: () => api.close() };
  },
});

describeWithClaude("the runner over the real CLI", () => {
  for (const { name, run } of contract) test(name, run);
});
