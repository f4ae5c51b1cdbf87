import type { AgentOutcome } from "../task/agent-outcome.js";
import type { JsonObject } from "../task/json.js";

/** One piece of work for an agent. */
export interface AgentJob {
  readonly taskId: string;
  /** The work tree: the agent's working directory. */
  readonly directory: string;
  /** A private, writable directory that outlives the run: where sessions are kept. */
  readonly homeDirectory: string;
  /** Everything the agent is told; a stranger's words in it are fenced. */
  readonly prompt: string;
  /** The session to resume, or null for a new one. */
  readonly sessionId: string | null;
  /** The most it may spend, in US dollars, or null. */
  readonly budgetUsd: number | null;
  /** The most time it may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Something the agent did, as it happens. */
export interface AgentEvent {
  readonly type: "agent:started" | "agent:message" | "agent:tool-called" | "agent:tool-returned" | "agent:retrying";
  readonly data: JsonObject;
}

/** What a run may use. */
export interface AgentRunContext {
  readonly signal: AbortSignal;
  readonly onEvent: (event: AgentEvent) => void;
}

/**
 * Runs a coding agent on a work tree. Expected failures are values; bugs throw. When the signal aborts, everything it
 * started is gone before the promise settles, and the outcome's reason is `agent_aborted`.
 */
export interface AgentRunner {
  /** Lower-case, as in the metrics' label: `claude`. */
  readonly name: string;
  /** `held`: the agent process holds the model's key. `proxied`: it never sees it. */
  readonly credential: "proxied" | "held";
  run(job: AgentJob, context: AgentRunContext): Promise<AgentOutcome>;
}
