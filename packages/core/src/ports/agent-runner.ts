import type { AgentOutcome } from "../task/agent-outcome.js";
import type { JsonObject } from "../task/json.js";
import type { Launch } from "./launch.js";
import type { SetupProblem } from "./setup-problem.js";

/** A server of the Model Context Protocol that the agent may use: a program that speaks it on its standard streams. */
export interface McpServer {
  /** Lower-case, unique within the job. */
  readonly name: string;
  /** The program to start, inside the sandbox. */
  readonly program: string;
  /** Its arguments. */
  readonly arguments: readonly string[];
  /** Its variables, beside those of the sandbox. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the model's API is reached, in place of the runner's own configuration. */
export interface AgentEndpoint {
  /** The address of the API. */
  readonly baseUrl: string;
  /** The key to send; a secret. Null if the endpoint needs none. */
  readonly apiKey: string | null;
}

/**
 * The agent's private directory. A runner removes everything in it but what resumes the job's session, before and after a
 * run: a file that one run leaves must not steer the next.
 */
export interface AgentHome {
  /** Where the runner finds it. */
  readonly hostDirectory: string;
  /** Where the agent finds it. */
  readonly directory: string;
}

/** One piece of work for an agent. */
export interface AgentJob {
  /** The task, for the log. */
  readonly taskId: string;
  /** The work tree as the agent sees it: its working directory. */
  readonly directory: string;
  /** The agent's home directory, kept for the thread's next task. */
  readonly home: AgentHome;
  /** The whole prompt; strangers' words in it are fenced. */
  readonly prompt: string;
  /** The session to resume, or null for a new one. */
  readonly sessionId: string | null;
  /** Maximum spending of the run, in US dollars, or null. */
  readonly budgetUsd: number | null;
  /** Maximum duration of the run, in milliseconds. */
  readonly timeoutMs: number;
  /** The model in the runner's words; null for the runner's default. */
  readonly model: string | null;
  /** Rules of tools that need no permission, in the runner's words; null for the runner's default. */
  readonly allowedTools: readonly string[] | null;
  /** Servers beside the runner's own. */
  readonly mcpServers: readonly McpServer[];
  /** Null for the runner's own configuration. */
  readonly endpoint: AgentEndpoint | null;
}

/** An action of the agent, emitted as it happens. */
export interface AgentEvent {
  /** The kind of action, as the transcript names it. */
  readonly type: "agent:started" | "agent:message" | "agent:tool-called" | "agent:tool-returned" | "agent:retrying";
  /** Its facts; they are redacted before they are stored. */
  readonly data: JsonObject;
}

/** The means of a run. */
export interface AgentRunContext {
  /** Ends the run: the outcome is then that of a stopped one. */
  readonly signal: AbortSignal;
  /** Receives each action of the agent, in order. */
  readonly onEvent: (event: AgentEvent) => void;
  /** Starts programs inside the task's sandbox: a runner has no other way to start one. */
  readonly launch: Launch;
}

/**
 * Runs a coding agent on a work tree. Expected failures are values; bugs throw. When the signal aborts, everything that was
 * started is gone before the promise settles, and the outcome's reason is `agent_aborted`.
 */
export interface AgentRunner {
  /** Lower-case, as in the metrics' label: `claude`. */
  readonly name: string;
  /** `held`: the agent process holds the model's key. `proxied`: it never sees it. */
  readonly credential: "proxied" | "held";
  /**
   * Returns what is wrong with the agent's program and its credential. `launch` starts programs in an empty directory.
   * @defaultValue it is not checked
   */
  check?(context: Pick<AgentRunContext, "signal" | "launch">): Promise<readonly SetupProblem[]>;
  /** Runs the agent on one job until its end, its failure or the signal. */
  run(job: AgentJob, context: AgentRunContext): Promise<AgentOutcome>;
}
