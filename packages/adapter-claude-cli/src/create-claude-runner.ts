import { setImmediate as nextTurn } from "node:timers/promises";
import {
  AgentBotError,
  type AgentJob,
  type AgentOutcome,
  type AgentRunContext,
  type AgentRunner,
  type LaunchResult,
  type Usage,
} from "@agentbot/core";
import { noUsage, parseOptions, shortenText } from "@agentbot/core/adapter";
import { checkClaude, programRemedy } from "./check-claude.js";
import { argumentsOf, environmentOf, hasCredential, settingsOf, standardInputOf } from "./claude-command.js";
import { isSessionId, prepareClaudeHome, tidyClaudeHome } from "./claude-home.js";
import {
  type ClaudeRunnerOptions,
  type ClaudeRunnerSettings,
  claudeRunnerOptionsSchema,
} from "./claude-runner-options.js";
import { createCleanText } from "./clean-text.js";
import { outcomeOf } from "./outcome/outcome-of.js";
import { createRunWatch, type SignOfLife } from "./run-watch.js";
import { eventsOfLine } from "./stream/events-of-line.js";
import { type ClaudeLine, parseLine } from "./stream/parse-line.js";
import { createRunRecord } from "./stream/run-record.js";

/**
 * An {@link AgentRunner} over the Claude Code CLI (2.0.76 to 2.1.330 are tested), headless: the prompt is written to its
 * standard input, its stream of JSON lines becomes events and an outcome. `run` throws AgentBotError
 * `AGENT_UNAVAILABLE` if the program can't be started and `PROCESS_FAILED` if the machine can't start any.
 *
 * Without a credential a warning is logged at once, since a job may still bring an endpoint with one.
 *
 * A session that is gone, or that the API refuses, does not fail a job: it is run again without one, and the summary
 * begins with a sentence about it. A complete result counts however the process ends after it; the summary names another code than 0.
 *
 * @example
 * const runner = createClaudeRunner({ program: "claude", environment: { PATH }, apiKey });
 * const outcome = await runner.run(job, { signal, onEvent, launch });
 */
export function createClaudeRunner(options: ClaudeRunnerOptions): AgentRunner {
  const settings = parseOptions("createClaudeRunner", claudeRunnerOptionsSchema, options);
  if (!hasCredential(settings)) {
    settings.logger?.warn({}, "The agent has no credential: set the option 'apiKey' of createClaudeRunner");
  }
  return {
    name: "claude",
    credential: "held",
    check: (context) => checkClaude(settings, context),
    async run(job, context) {
      // The CLI refuses a budget of 0 as a wrong flag.
      if (job.budgetUsd !== null && job.budgetUsd <= 0) return nothingToSpend;
      const startedAt = performance.now();
      const isResumable = job.sessionId !== null && isSessionId(job.sessionId);
      const first: AgentJob = isResumable ? job : { ...job, sessionId: null };
      const outcome = await runClaude(settings, first, context);
      if (!isResumable || outcome.reason !== "agent_session_unknown") return outcome;

      const facts = { taskId: job.taskId, why: shortenText(outcome.summary, 500) };
      settings.logger?.warn(facts, "The session cannot be resumed: starting without it");
      const timeoutMs = Math.max(1, Math.floor(job.timeoutMs - (performance.now() - startedAt)));
      const budgetUsd = job.budgetUsd === null ? null : job.budgetUsd - outcome.usage.costUsd;
      if (budgetUsd !== null && budgetUsd <= 0) return { ...nothingToSpend, usage: outcome.usage };
      const fresh = await runClaude(settings, { ...job, sessionId: null, timeoutMs, budgetUsd }, context);
      return {
        ...fresh,
        summary: `The earlier session could not be resumed, so this run began without it.\n\n${fresh.summary}`,
        usage: sumOf(outcome.usage, fresh.usage),
      };
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

function sumOf(left: Usage, right: Usage): Usage {
  return {
    costUsd: left.costUsd + right.costUsd,
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
    cacheCreationTokens: left.cacheCreationTokens + right.cacheCreationTokens,
  };
}

/** Number of events of one line after which timers and sockets have their turn. */
const eventsAtOnce = 10;

/** A line may hold a whole image that a tool has read. */
const maxLineBytes = 16 * 1024 * 1024;

/** Runs the CLI once, in the task's sandbox. */
async function runClaude(runner: ClaudeRunnerSettings, job: AgentJob, context: AgentRunContext): Promise<AgentOutcome> {
  const settings = settingsOf(runner, job);
  const clean = createCleanText(settings.apiKey);
  const home = await prepareClaudeHome(job.home, job.sessionId, settings.mcpServers);
  const record = createRunRecord(settings);
  const watch = createRunWatch(settings);
  let keptSession = job.sessionId;

  const onLine = async (text: string): Promise<void> => {
    const parsed = parseLine(text);
    record.add(parsed);
    if (record.objection() !== null) watch.refuse();
    if (job.budgetUsd !== null && record.usage.streamedUsd() > job.budgetUsd) watch.overspend();
    watch.onSign(signOf(parsed));
    for (const [index, event] of eventsOfLine(parsed, clean).entries()) {
      context.onEvent(event);
      // A line of many long texts must not hold up what else this process serves.
      if (index % eventsAtOnce === eventsAtOnce - 1) await nextTurn();
    }
  };

  try {
    const process = await context.launch({
      program: settings.program,
      arguments: argumentsOf(settings, job, home),
      environment: environmentOf(settings, home),
      stdin: standardInputOf(job),
      signal: AbortSignal.any([context.signal, watch.signal]),
      timeoutMs: job.timeoutMs,
      killGraceMs: settings.killGraceMs,
      maxLineBytes,
      onLine,
    });
    if (process.end === "not-started") throw startFailure(settings, process);
    if (record.counts.noise > 0 || record.counts.results > 1 || process.droppedLines > 0) {
      const facts = { taskId: job.taskId, ...record.counts, droppedLines: process.droppedLines };
      settings.logger?.warn(facts, "The agent's output had lines that are not of its protocol");
    }
    const wasAborted = context.signal.aborted;
    const isResumed = job.sessionId !== null;
    const outcome = outcomeOf({ process, record, watchCause: watch.cause(), wasAborted, isResumed }, clean);
    keptSession = outcome.sessionId ?? keptSession;
    return outcome;
  } finally {
    watch.end();
    await tidyClaudeHome(job.home, keptSession);
  }
}

function signOf({ kind }: ClaudeLine): SignOfLife {
  if (kind === "result") return "result";
  return kind === "init" || kind === "assistant" || kind === "user" ? "work" : "noise";
}

function startFailure(settings: ClaudeRunnerSettings, { startError }: LaunchResult): AgentBotError {
  const code = startError?.code ?? "UNKNOWN";
  const why = `The agent program can't be started: ${startError?.message ?? code}.`;
  if (code === "ENOENT" || code === "EACCES" || code === "ENOEXEC") {
    return new AgentBotError("AGENT_UNAVAILABLE", `${why} ${programRemedy(settings)}`);
  }
  return new AgentBotError("PROCESS_FAILED", why);
}
