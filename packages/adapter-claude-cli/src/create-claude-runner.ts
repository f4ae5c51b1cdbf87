import type { AgentJob, AgentOutcome, AgentRunner } from "@agentbot/core";
import { noUsage, parseOptions } from "@agentbot/core/adapter";
import { isSessionId } from "./claude-home.js";
import { type ClaudeRunnerOptions, claudeRunnerOptionsSchema } from "./claude-runner-options.js";
import { runClaude } from "./run-claude.js";

/**
 * An {@link AgentRunner} over the Claude Code CLI (2.0.76 to 2.1.330 are tested), headless: the prompt is written to its
 * standard input, its stream of JSON lines becomes events and an outcome. `run` throws AgentBotError
 * `AGENT_UNAVAILABLE` if the program can't be started and `PROCESS_FAILED` if the machine can't start any.
 *
 * A session that is gone does not fail a job: it is run again without one. A success whose process ends with another
 * code than 0 is the failure `agent_interrupted`, since its work may be incomplete.
 *
 * @example
 * const runner = createClaudeRunner({ program: "claude", environment: { PATH }, apiKey });
 * const outcome = await runner.run(job, { signal, onEvent, launch });
 */
export function createClaudeRunner(options: ClaudeRunnerOptions): AgentRunner {
  const settings = parseOptions("createClaudeRunner", claudeRunnerOptionsSchema, options);
  return {
    name: "claude",
    credential: "held",
    async run(job, context) {
      // The CLI refuses a budget of 0 as a wrong flag.
      if (job.budgetUsd !== null && job.budgetUsd <= 0) return nothingToSpend;
      const startedAt = performance.now();
      const isResumable = job.sessionId !== null && isSessionId(job.sessionId);
      const first: AgentJob = isResumable ? job : { ...job, sessionId: null };
      const outcome = await runClaude(settings, first, context);
      if (!isResumable || outcome.reason !== "agent_session_unknown") return outcome;

      settings.logger?.warn({ taskId: job.taskId }, "The session to resume is gone: starting without it");
      const leftMs = Math.max(1, Math.floor(job.timeoutMs - (performance.now() - startedAt)));
      return runClaude(settings, { ...job, sessionId: null, timeoutMs: leftMs }, context);
    },
  };
}

const nothingToSpend: AgentOutcome = Object.freeze({
  status: "failed",
  reason: "budget",
  isRetryable: false,
  summary: "There is no budget left to run the agent.",
  sessionId: null,
  model: null,
  turns: 0,
  usage: noUsage,
});
