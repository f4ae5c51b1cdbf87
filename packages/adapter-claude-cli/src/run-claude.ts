import {
  AgentBotError,
  type AgentJob,
  type AgentOutcome,
  type AgentRunContext,
  type SandboxedCommand,
} from "@agentbot/core";
import { type ProcessResult, runProcess } from "@agentbot/core/process";
import { claudeEnvironment } from "./claude-environment.js";
import { type ClaudeHome, prepareClaudeHome, tidyClaudeHome } from "./claude-home.js";
import type { ClaudeRunnerSettings } from "./claude-runner-options.js";
import { createCleanText } from "./clean-text.js";
import { commandLine, standardInput } from "./command-line.js";
import { outcomeOf } from "./outcome/outcome-of.js";
import { createRunWatch, type SignOfLife } from "./run-watch.js";
import { eventsOfLine } from "./stream/events-of-line.js";
import { type ClaudeLine, parseLine } from "./stream/parse-line.js";
import { createRunRecord } from "./stream/run-record.js";

/** A line may hold a whole image that a tool has read. */
const maxLineBytes = 16 * 1024 * 1024;

/** Runs the CLI once. */
export async function runClaude(
  settings: ClaudeRunnerSettings,
  job: AgentJob,
  context: AgentRunContext,
): Promise<AgentOutcome> {
  const clean = createCleanText(settings.apiKey);
  const home = await prepareClaudeHome(job.homeDirectory);
  const record = createRunRecord(settings);
  const watch = createRunWatch(settings);

  const onLine = (text: string): void => {
    const parsed = parseLine(text);
    record.add(parsed);
    if (record.objection() !== null) watch.refuse();
    watch.heard(signOf(parsed));
    for (const event of eventsOfLine(parsed, clean)) context.onEvent(event);
  };

  try {
    const process = await runProcess({
      ...commandFor(settings, job, home),
      stdin: standardInput(job.prompt),
      signal: AbortSignal.any([context.signal, watch.signal]),
      timeoutMs: job.timeoutMs,
      killGraceMs: settings.killGraceMs,
      maxLineBytes,
      onLine,
    });
    if (process.end === "not-started") throw startFailure(settings, process);
    if (record.counts.noise > 0 || record.counts.results > 1 || process.droppedLines > 0) {
      const facts = { taskId: job.taskId, ...record.counts, droppedLines: process.droppedLines };
      settings.logger?.warn(facts, "the agent's output held lines that are not its protocol's");
    }
    const wasAborted = context.signal.aborted;
    const isResumed = job.sessionId !== null;
    return outcomeOf({ process, record, watchCause: watch.cause(), wasAborted, isResumed }, clean);
  } finally {
    watch.end();
    await tidyClaudeHome(home);
  }
}

function commandFor(settings: ClaudeRunnerSettings, job: AgentJob, home: ClaudeHome): SandboxedCommand {
  const command: SandboxedCommand = {
    program: settings.program,
    arguments: commandLine(settings, job),
    directory: job.directory,
    environment: claudeEnvironment(settings, home),
  };
  const access = { writableDirectories: [job.directory, job.homeDirectory] };
  return settings.sandbox.wrap(command, access);
}

function signOf({ kind }: ClaudeLine): SignOfLife {
  if (kind === "result") return "result";
  return kind === "init" || kind === "assistant" || kind === "user" ? "work" : "noise";
}

function startFailure({ program }: ClaudeRunnerSettings, { startError }: ProcessResult): AgentBotError {
  const code = startError?.code ?? "UNKNOWN";
  const why = `The agent program can't be started: ${startError?.message ?? code}.`;
  if (code === "ENOENT" || code === "EACCES" || code === "ENOEXEC") {
    const remedy = `Install Claude Code, or set the option 'program' of createClaudeRunner (now '${program}').`;
    return new AgentBotError("AGENT_UNAVAILABLE", `${why} ${remedy}`);
  }
  return new AgentBotError("PROCESS_FAILED", why);
}
