import { taskBudgetLeftUsd } from "../../budget/task-budget.js";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { AgentEvent } from "../../ports/agent-runner.js";
import type { AgentOutcome } from "../../task/agent-outcome.js";
import { redactSecrets } from "../../text/redact-secrets.js";
import { buildPrompt } from "../prompt/build-prompt.js";
import { agentInterrupted } from "../run/agent-interrupted.js";
import { keepUnfinished } from "../run/keep-unfinished.js";
import { redactJson } from "../run/redact-json.js";
import type { RunContext } from "../run/run-context.js";
import { traceAgent } from "../run/trace-agent.js";
import type { Stage } from "../stage.js";
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
    const { agent, settings, store, secrets } = context.parts;
    await context.status.show("Working on it");

    const thread = await store.threads.findById(task.threadId);
    const sessionId = task.sessionId ?? thread?.sessionId ?? null;
    const budgetUsd = taskBudgetLeftUsd(task, settings);
    const job = {
      taskId: task.id,
      directory: workspace.directory,
      homeDirectory: workspace.homeDirectory,
      prompt: buildPrompt(task, { codeMap, isResumed: sessionId !== null }),
      sessionId,
      budgetUsd,
      timeoutMs: settings.taskTimeoutMs,
    };
    // A worker that was paused for longer than its lease hears answers before its timers: another agent may be at work.
    context.assertHeld();
    context.signal.throwIfAborted();
    // Until its cost is known; one that throws may have spent it all.
    context.books.owe(budgetUsd);
    const said = await traceAgent(agent.name, context.parts.tracer, () =>
      agent.run(job, { signal: context.signal, onEvent: (event) => observe(event, context) }),
    ).catch((error: unknown) => {
      if (neverStarted(error)) context.books.owe(0);
      throw error;
    });
    context.books.owe(said.usage.costUsd);
    // Here and nowhere later, so that no text of the agent is stored or shown with a secret in it.
    const outcome = { ...said, summary: redactSecrets(said.summary, secrets) };
    reportUsage(outcome, context);

    if (outcome.status === "failed" && (outcome.isRetryable || context.signal.aborted)) {
      await keepUnfinished(workspace.baseCommit, outcome, context);
      context.signal.throwIfAborted();
      throw agentInterrupted(outcome);
    }
    return { ...indexed, outcome };
  },
};

/** What a runner throws where its program could not be started. */
function neverStarted(error: unknown): boolean {
  return AgentBotError.hasCode(error, "AGENT_UNAVAILABLE") || AgentBotError.hasCode(error, "PROCESS_FAILED");
}

function observe({ type, data }: AgentEvent, { events, transcript, clock, task, parts }: RunContext): void {
  const redacted = redactJson(data, parts.secrets);
  events.emit("agent:acted", { taskId: task.id, event: { type, data: redacted } });
  transcript.write({ type, at: clock.now(), data: redacted });
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
