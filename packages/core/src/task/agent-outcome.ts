import { z } from "zod";
import { usageSchema } from "./usage.js";

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

/** How a run of an agent ended: success and failure carry the same fields. */
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
