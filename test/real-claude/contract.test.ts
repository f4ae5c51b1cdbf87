import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { type MessagesScript, startMessagesApi, textTurn, toolTurn } from "@agentbot/adapter-claude-cli/testing";
import { type AgentRunnerScenario, agentRunnerContract } from "@agentbot/core/testing";
import { test } from "vitest";
import { claudeProgram, describeWithClaude } from "./fixtures/real-claude.js";

const beat = "while :; do echo . >> heartbeat.txt; sleep 0.01; done";

const scripts: Readonly<Record<AgentRunnerScenario, MessagesScript>> = {
  edits: [
    toolTurn("Write", { file_path: "contract.txt", content: "edited by the agent\n" }, "I will make the change."),
    textTurn("Made the change."),
  ],
  fails: [],
  hangs: [
    toolTurn("Bash", { command: `(${beat}) & ${beat}`, description: "Beat" }),
    textTurn("It never comes to this."),
  ],
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
