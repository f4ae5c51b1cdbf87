import { z } from "zod";
import { contentSchema } from "./content-schema.js";
import { modelUseSchema, useSchema } from "./use-schema.js";

// Every field tolerates what it doesn't know: a new CLI must not fail a task by a changed detail.
const text = z.string().nullable().catch(null);
const number = z.number().nullable().catch(null);

/** The first line of a run: what it will work with. */
export const initLineSchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("init"),
  session_id: text,
  model: text,
  permissionMode: text,
  claude_code_version: text,
  tools: z.array(z.unknown()).catch([]),
  mcp_servers: z.array(z.object({ name: z.string(), status: text, source: text })).catch([]),
});

/** The CLI repeats a failed API request. */
export const retryLineSchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("api_retry"),
  attempt: number,
  max_retries: number,
  retry_delay_ms: number,
  error_status: number,
  error: text,
});

/** The model declined, and no other model took over. */
export const refusalLineSchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("model_refusal_no_fallback"),
});

/** A block of the model's answer; `error` names a failed API request. */
export const assistantLineSchema = z.object({
  type: z.literal("assistant"),
  error: text,
  message: z.object({ id: text, model: text, content: contentSchema, usage: useSchema }),
});

/** What the model is told: results of its tools, mostly. */
export const userLineSchema = z.object({
  type: z.literal("user"),
  message: z.object({ content: contentSchema }),
});

/** How the run ended. `subtype` says success on API errors too: `is_error` counts. */
export const resultLineSchema = z.object({
  type: z.literal("result"),
  subtype: z.string().catch(""),
  is_error: z.boolean().nullable().catch(null),
  api_error_status: number,
  terminal_reason: text,
  stop_reason: text,
  session_id: text,
  num_turns: z.number().int().min(0).catch(0),
  total_cost_usd: z.number().min(0).catch(0),
  usage: useSchema,
  modelUsage: modelUseSchema.catch({}),
  model_usage_since_last_result: modelUseSchema.nullable().catch(null),
  result: z.string().catch(""),
  errors: z.array(z.string()).catch([]),
});

/** The first line of a run. */
export type InitLine = z.output<typeof initLineSchema>;
/** A repeated API request. */
export type RetryLine = z.output<typeof retryLineSchema>;
/** A block of the model's answer. */
export type AssistantLine = z.output<typeof assistantLineSchema>;
/** What the model is told. */
export type UserLine = z.output<typeof userLineSchema>;
/** How the run ended. */
export type ResultLine = z.output<typeof resultLineSchema>;
