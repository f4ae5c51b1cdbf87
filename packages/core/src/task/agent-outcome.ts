import { z } from "zod";
import type { ShapeOf } from "./shape-of.js";

/** Why a run of an agent did not succeed. `budget`: it has spent its money; `agent_failed`: an error of the agent's own. */
export type AgentFailureReason =
  | "agent_auth"
  | "agent_rate_limited"
  | "agent_overloaded"
  | "agent_api"
  | "agent_prompt_too_long"
  | "agent_answer_too_long"
  | "agent_refused"
  | "agent_max_turns"
  | "budget"
  | "agent_timed_out"
  | "agent_session_unknown"
  | "agent_misconfigured"
  | "agent_interrupted"
  | "agent_aborted"
  | "agent_failed";

/** The schema of {@link AgentFailureReason}. */
export const agentFailureReasonSchema = z.enum([
  "agent_auth",
  "agent_rate_limited",
  "agent_overloaded",
  "agent_api",
  "agent_prompt_too_long",
  "agent_answer_too_long",
  "agent_refused",
  "agent_max_turns",
  "budget",
  "agent_timed_out",
  "agent_session_unknown",
  "agent_misconfigured",
  "agent_interrupted",
  "agent_aborted",
  "agent_failed",
]) satisfies z.ZodType<AgentFailureReason>;

/** The money and tokens that a run of an agent has used. */
export interface Usage {
  /** In US dollars: the larger of what the agent reports and of what its tokens cost. */
  readonly costUsd: number;
  /** Tokens of the prompts, without those of the cache. */
  readonly inputTokens: number;
  /** Tokens that the model wrote. */
  readonly outputTokens: number;
  /** Tokens of the prompts that were read from the model's cache. */
  readonly cacheReadTokens: number;
  /** Tokens of the prompts that were written to the model's cache. */
  readonly cacheCreationTokens: number;
}

/** The schema of {@link Usage}. */
export const usageSchema = z.object({
  costUsd: z.number().min(0),
  inputTokens: z.number().int().min(0),
  outputTokens: z.number().int().min(0),
  cacheReadTokens: z.number().int().min(0),
  cacheCreationTokens: z.number().int().min(0),
} satisfies ShapeOf<Usage>);

/** The usage of a run that used nothing. */
export const noUsage: Usage = Object.freeze({
  costUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
});

/** How a run of an agent ended: success and failure have the same fields. */
export interface AgentOutcome {
  /** Whether the agent reached its end. */
  readonly status: "succeeded" | "failed";
  /** Null when it succeeded. */
  readonly reason: AgentFailureReason | null;
  /** Whether the same job may succeed if run again. */
  readonly isRetryable: boolean;
  /** The agent's closing words, or the error in words; untrusted. */
  readonly summary: string;
  /** The session that a later run can resume, or null. */
  readonly sessionId: string | null;
  /** The model as the agent reported it, or null. */
  readonly model: string | null;
  /** Number of answers of the model. */
  readonly turns: number;
  /** Money and tokens of this run alone. */
  readonly usage: Usage;
}

/** The schema of {@link AgentOutcome}. */
export const agentOutcomeSchema = z.object({
  status: z.enum(["succeeded", "failed"]),
  reason: agentFailureReasonSchema.nullable(),
  isRetryable: z.boolean(),
  summary: z.string(),
  sessionId: z.string().nullable(),
  model: z.string().nullable(),
  turns: z.number().int().min(0),
  usage: usageSchema,
} satisfies ShapeOf<AgentOutcome>);
