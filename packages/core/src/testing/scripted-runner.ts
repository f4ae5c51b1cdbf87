import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentEvent, AgentJob, AgentRunner } from "../ports/agent-runner.js";
import { type AgentOutcome, noUsage } from "../task/agent-outcome.js";

/** A run as its {@link Script} sees it. */
export interface ScriptedRun {
  /** The job that the worker gave the runner. */
  readonly job: AgentJob;
  /** Aborts if the run is stopped or its time is up: the script must then end. */
  readonly signal: AbortSignal;
  /** The number of the run, counted from 1. */
  readonly number: number;
  /** Emits an action of the agent. */
  emit(event: AgentEvent): void;
  /** Emits a message of the agent. */
  say(text: string): void;
  /** Writes a file of the work tree, as a tool call; missing directories are created. */
  write(path: string, text: string): Promise<void>;
}

/** The behaviour of a scripted agent. Its result overrides the fields of a plain success. */
export type Script = (run: ScriptedRun) => Promise<Partial<AgentOutcome> | undefined>;

/** Options of {@link createScriptedRunner}. */
export interface ScriptedRunnerOptions {
  /** The agent's part: it runs once a job. */
  readonly script: Script;
  /** @defaultValue "scripted" */
  readonly name?: string;
}

/** An {@link AgentRunner} that plays a script. */
export interface ScriptedRunner extends AgentRunner {
  /** Its jobs, in order. */
  readonly jobs: readonly AgentJob[];
}

/**
 * Creates an agent for tests, which runs in this process, needs no model and follows its script. It keeps the session of its
 * job, fails with `budget` if the budget is 0, and throws what the script throws.
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
