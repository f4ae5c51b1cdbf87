import { taskBudgetLeftUsd } from "../../budget/task-budget.js";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { AgentEvent, AgentJob, AgentRunner } from "../../ports/agent-runner.js";
import type { SpanAttributes, Tracer } from "../../ports/tracer.js";
import { createLaunch } from "../../process/create-launch.js";
import { agentInterrupted } from "../../reasons/explain.js";
import type { AgentOutcome } from "../../task/agent-outcome.js";
import { capText } from "../../text/cap-text.js";
import { attributeNames, spanNames } from "../../tracing/trace-format.js";
import { buildPrompt } from "../prompt/build-prompt.js";
import type { RunContext } from "../run/run-context.js";
import type { Stage } from "../stage.js";
import { saveUnfinished } from "./checkpoint.js";
import type { Indexed } from "./index-workspace.js";

/** A task whose agent has run, in this attempt or an earlier one. */
export interface Ran extends Indexed {
  readonly outcome: AgentOutcome;
}

/** Runs the agent on the work tree, inside the sandbox; never again once a finished checkpoint is stored. */
export const runAgent: Stage<Indexed, Ran> = {
  name: "run-agent",
  run: async (indexed, context) => {
    const { workspace, checkpoint } = indexed;
    const { deps, signal, spending, status } = context;
    if (checkpoint?.isFinished) return { ...indexed, outcome: checkpoint.outcome };
    await status.showStep("Working on it");

    const { launch, job } = await openSandbox(indexed, context);
    // A worker that was paused for longer than its lease receives answers before its timers run: another agent may work.
    context.assertHeld();
    signal.throwIfAborted();
    // Until the cost is known: a run that throws may have spent the whole budget.
    spending.set(job.budgetUsd);
    const onEvent = (event: AgentEvent): void => reportEvent(event, context);
    const reported = await traceAgent(deps, () => deps.agent.run(job, { signal, onEvent, launch })).catch(
      (error: unknown) => {
        if (wasNeverStarted(error)) spending.set(0);
        throw error;
      },
    );
    spending.set(reported.usage.costUsd);
    // Here and nowhere later, so that no text of the agent is stored or shown with a secret in it.
    const outcome = withoutSecrets(reported, context);
    reportUsage(outcome, context);

    if (outcome.status === "failed" && (outcome.isRetryable || signal.aborted)) {
      await saveUnfinished(workspace.baseCommit, outcome, context);
      signal.throwIfAborted();
      throw agentInterrupted(outcome);
    }
    return { ...indexed, outcome };
  },
};

/** Opens the sandbox around the work tree and describes the job as the agent sees it from inside. */
async function openSandbox(indexed: Indexed, { deps, signal, cleanup }: RunContext) {
  const { task, threadSessionId, repository, history, workspace, codeMap, allowedTools } = indexed;
  const { directory, homeDirectory, cacheDirectory, notes } = workspace;
  const server = codeMap?.mcpServer ?? null;
  const readOnly = server ? [cacheDirectory, ...server.readOnly] : [];
  const sandbox = await deps.sandbox.open(
    { workspace: directory, home: homeDirectory, readOnly, network: "host" },
    { signal },
  );
  cleanup.push(() => sandbox.dispose());
  const sessionId = task.sessionId ?? threadSessionId;
  const instructions = deps.settings.instructions ?? null;
  const job = {
    taskId: task.id,
    directory: sandbox.pathOf(directory),
    home: { hostDirectory: homeDirectory, directory: sandbox.pathOf(homeDirectory) },
    prompt: buildPrompt({ task, repository, history, codeMap, instructions, isResumed: sessionId !== null, notes }),
    sessionId,
    budgetUsd: taskBudgetLeftUsd(task, deps.settings),
    timeoutMs: deps.settings.taskTimeoutMs,
    model: null,
    allowedTools,
    mcpServers: server ? [server.inside((hostPath) => sandbox.pathOf(hostPath))] : [],
    endpoint: null,
  } satisfies AgentJob;
  return { job, launch: createLaunch({ sandbox, directory }) };
}

/** Returns true for the errors of a runner whose program could not be started. */
function wasNeverStarted(error: unknown): boolean {
  return AgentBotError.hasCode(error, "AGENT_UNAVAILABLE") || AgentBotError.hasCode(error, "PROCESS_FAILED");
}

/** Maximum length of the agent's closing words, in UTF-16 units: what a comment holds. */
const maxSummaryCharacters = 65_536;

function withoutSecrets(outcome: AgentOutcome, { secrets: { redact } }: RunContext): AgentOutcome {
  const { summary, model } = outcome;
  return { ...outcome, summary: capText(redact(summary), maxSummaryCharacters), model: model && redact(model) };
}

function reportEvent(event: AgentEvent, { task, transcript, deps }: RunContext): void {
  const written = transcript.writeAgentEvent(event);
  if (written) deps.events.emit("agent:acted", { taskId: task.id, event: written });
}

function reportUsage(outcome: AgentOutcome, { transcript, deps: { metrics, clock, agent } }: RunContext): void {
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
  metrics.increment("agentbot_agent_cost_usd_total", { model, agent: agent.name }, usage.costUsd);
  transcript.write({ type: "agent:finished", at: clock.now(), data: { status, reason, turns, model, ...usage } });
}

/** Traces a run as a span of OpenTelemetry's GenAI conventions: what it used, never what was said. */
async function traceAgent(
  { agent, tracer }: { readonly agent: AgentRunner; readonly tracer: Tracer },
  run: () => Promise<AgentOutcome>,
): Promise<AgentOutcome> {
  const attributes = { [attributeNames.operation]: "invoke_agent", [attributeNames.agentName]: agent.name };
  return await tracer.trace({ name: spanNames.agent(agent.name), kind: "internal", attributes }, async (span) => {
    const outcome = await run();
    span.setAttributes(traceAttributesOf(outcome));
    if (outcome.status === "failed") span.fail(outcome.reason ?? "agent_failed");
    return outcome;
  });
}

function traceAttributesOf({ usage, model, sessionId }: AgentOutcome): SpanAttributes {
  return {
    [attributeNames.inputTokens]: usage.inputTokens,
    [attributeNames.outputTokens]: usage.outputTokens,
    [attributeNames.cacheReadTokens]: usage.cacheReadTokens,
    [attributeNames.cacheCreationTokens]: usage.cacheCreationTokens,
    [attributeNames.costUsd]: usage.costUsd,
    ...(model === null ? {} : { [attributeNames.responseModel]: model }),
    ...(sessionId === null ? {} : { [attributeNames.conversationId]: sessionId }),
  };
}
