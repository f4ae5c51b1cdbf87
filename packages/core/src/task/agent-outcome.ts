import { z } from "zod";

/** Why a run of an agent did not succeed. */
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
]);

/** Why a run of an agent did not succeed. */
export type AgentFailureReason = z.infer<typeof agentFailureReasonSchema>;

/** The money and tokens that a run of an agent has used. */
export const usageSchema = z.object({
  costUsd: z.number().min(0),
  inputTokens: z.number().int().min(0),
  outputTokens: z.number().int().min(0),
  cacheReadTokens: z.number().int().min(0),
  cacheCreationTokens: z.number().int().min(0),
});

/** The money and tokens that a run of an agent has used. */
export type Usage = z.infer<typeof usageSchema>;

/** The usage of a run that used nothing. */
export const noUsage: Usage = Object.freeze({
  costUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
});

/** How a run of an agent ended: success and failure have the same fields. */
export const agentOutcomeSchema = z.object({
  status: z.enum(["succeeded", "failed"]),
  /** Null when it succeeded. */
  reason: agentFailureReasonSchema.nullable(),
  /** Whether the same job may succeed if run again. */
  isRetryable: z.boolean(),
  /** The agent's closing words, or the error in words; untrusted. */
  summary: z.string(),
  sessionId: z.string().nullable(),
  model: z.string().nullable(),
  turns: z.number().int().min(0),
  usage: usageSchema,
});

/** How a run of an agent ended. */
export type AgentOutcome = z.infer<typeof agentOutcomeSchema>;
