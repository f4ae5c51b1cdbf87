import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentEvent, AgentJob, AgentRunner } from "../ports/agent-runner.js";
import { type AgentOutcome, noUsage } from "../task/agent-outcome.js";

/** What a {@link Script} is given. */
export interface ScriptedRun {
  readonly job: AgentJob;
  /** Aborts when the run is stopped or its time is up: the script must end then. */
  readonly signal: AbortSignal;
  /** Which run of the runner it is, counted from 1. */
  readonly number: number;
  emit(event: AgentEvent): void;
  /** The agent says something. */
  say(text: string): void;
  /** The agent writes a file of the work tree, told as a tool call; missing directories are made. */
  write(path: string, text: string): Promise<void>;
}

/** The whole behaviour of a scripted agent. What it returns is laid over a plain success. */
export type Script = (run: ScriptedRun) => Promise<Partial<AgentOutcome> | undefined>;

/** What {@link createScriptedRunner} takes. */
export interface ScriptedRunnerOptions {
  readonly script: Script;
  /** @defaultValue "scripted" */
  readonly name?: string;
}

/** An {@link AgentRunner} that plays a script. */
export interface ScriptedRunner extends AgentRunner {
  /** The jobs it was given, in order. */
  readonly jobs: readonly AgentJob[];
}

/**
 * Makes an agent for tests: it runs in this process, needs no model and does exactly what the script says. It keeps the
 * session it is given, knows no budget but none at all, and lets pass what the script throws.
 *
 * @example
 * const runner = createScriptedRunner({
 *   script: async ({ write }) => {
 *     await write("src/fixed.ts", "export const isFixed = true;\n");
 *     return { summary: "Fixed it.", usage: { ...noUsage, costUsd: 0.02 } };
 *   },
 * });
 */
export function createScriptedRunner({ script, name = "scripted" }: ScriptedRunnerOptions): ScriptedRunner {
  const jobs: AgentJob[] = [];
  return {
    name,
    credential: "proxied",
    jobs,
    async run(job, { signal, onEvent }) {
      const number = jobs.push(job);
      const outcome: AgentOutcome = {
        status: "succeeded",
        reason: null,
        isRetryable: false,
        summary: "Done.",
        sessionId: job.sessionId ?? randomUUID(),
        model: "scripted-model",
        turns: 1,
        usage: noUsage,
      };
      if (signal.aborted) return { ...outcome, ...stopped("agent_aborted") };
      if (job.budgetUsd !== null && job.budgetUsd <= 0) return { ...outcome, ...stopped("budget") };

      const timeUp = AbortSignal.timeout(job.timeoutMs);
      const ending = AbortSignal.any([signal, timeUp]);
      onEvent({ type: "agent:started", data: { model: outcome.model, tools: 1, mcpServers: [] } });
      const said = await script({
        job,
        signal: ending,
        number,
        emit: onEvent,
        say: (text) => onEvent({ type: "agent:message", data: { text } }),
        write: async (path, text) => {
          onEvent({ type: "agent:tool-called", data: { tool: "Write", input: path } });
          await mkdir(dirname(join(job.directory, path)), { recursive: true });
          await writeFile(join(job.directory, path), text);
          onEvent({ type: "agent:tool-returned", data: { isError: false, text: "" } });
        },
      }).catch((error: unknown) => {
        // A script may end an aborted run by throwing the signal's reason.
        if (!ending.aborted) throw error;
      });
      if (signal.aborted) return { ...outcome, ...said, ...stopped("agent_aborted") };
      if (timeUp.aborted) return { ...outcome, ...said, ...stopped("agent_timed_out") };
      return { ...outcome, ...said };
    },
  };
}

function stopped(reason: "agent_aborted" | "agent_timed_out" | "budget") {
  return { status: "failed", reason, isRetryable: reason === "agent_aborted", summary: `Stopped: ${reason}.` } as const;
}
