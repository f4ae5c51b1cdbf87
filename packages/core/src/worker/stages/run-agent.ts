import { AgentBotError } from "../../errors/agentbot-error.js";
import type { AgentEvent } from "../../ports/agent-runner.js";
import type { AgentOutcome } from "../../task/agent-outcome.js";
import { buildPrompt } from "../prompt/build-prompt.js";
import type { RunContext } from "../run/run-context.js";
import { EarlyEnd, type Stage } from "../stage.js";
import { explainFailure } from "../status/explain-failure.js";
import type { Indexed } from "./index-workspace.js";

/** A task whose agent has run, in this attempt or an earlier one. */
export interface Ran extends Indexed {
  readonly outcome: AgentOutcome;
}

/** Runs the agent on the work tree; never again once a finished checkpoint is stored. */
export const runAgent: Stage<Indexed, Ran> = {
  name: "run-agent",
  run: async (indexed, context) => {
    const { task, workspace, checkpoint, codeMap } = indexed;
    if (checkpoint?.isFinished) return { ...indexed, outcome: checkpoint.outcome };
    const { agent, settings, store } = context.parts;
    const budgetUsd = settings.taskBudgetUsd - task.usage.costUsd;
    if (budgetUsd <= 0) {
      const explanation = explainFailure("budget");
      return new EarlyEnd({ status: "failed", reason: "budget", explanation });
    }
    await context.status.show("Working on it");

    const thread = await store.threads.findById(task.threadId);
    const outcome = await agent.run(
      {
        taskId: task.id,
        directory: workspace.directory,
        homeDirectory: workspace.homeDirectory,
        prompt: buildPrompt(task, codeMap),
        sessionId: task.sessionId ?? thread?.sessionId ?? null,
        budgetUsd,
        timeoutMs: settings.taskTimeoutMs,
      },
      { signal: context.signal, onEvent: (event) => observe(event, context) },
    );
    reportUsage(outcome, context);

    if (outcome.status === "failed" && (outcome.isRetryable || context.signal.aborted)) {
      await keepUnfinished(indexed, outcome, context);
      context.signal.throwIfAborted();
      throw new AgentBotError("AGENT_INTERRUPTED", `The agent was interrupted: ${outcome.summary}`);
    }
    return { ...indexed, outcome };
  },
};

function observe(event: AgentEvent, { events, transcript, clock, task }: RunContext): void {
  events.emit("agent:acted", { taskId: task.id, event });
  transcript.write({ type: event.type, at: clock.now(), data: event.data });
}

function reportUsage(outcome: AgentOutcome, { metrics, transcript, clock, parts }: RunContext): void {
  const { usage, model: usedModel, status, reason, turns } = outcome;
  const model = usedModel ?? "unknown";
  const tokens = {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cache_read: usage.cacheReadTokens,
    cache_creation: usage.cacheCreationTokens,
  };
  for (const [type, count] of Object.entries(tokens)) {
    metrics.increment("agentbot_agent_tokens_total", { model, type }, count);
  }
  metrics.increment("agentbot_agent_cost_usd_total", { model, agent: parts.agent.name }, usage.costUsd);
  transcript.write({ type: "agent:finished", at: clock.now(), data: { status, reason, turns, model, ...usage } });
}

/** What an interrupted run has spent and said is not lost: the next attempt resumes its session. */
async function keepUnfinished(
  { workspace }: Indexed,
  outcome: AgentOutcome,
  { parts, lease }: RunContext,
): Promise<void> {
  const { baseCommit } = workspace;
  await parts.store.checkpoints.save(lease, { isFinished: false, outcome, commit: null, baseCommit, bundle: null });
  await parts.store.budgets.settle(lease, outcome.usage.costUsd);
}
