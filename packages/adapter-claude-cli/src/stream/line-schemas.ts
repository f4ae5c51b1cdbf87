import { z } from "zod";

// Every field tolerates unknown values: a new CLI must not fail a task by a changed detail.
const text = z.string().nullable().catch(null);
const number = z.number().nullable().catch(null);
const count = z.number().int().min(0).catch(0);

const noUse = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const useSchema = z
  .object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
  })
  .catch(noUse);

const modelUseSchema = z.record(
  z.string(),
  z.object({
    inputTokens: count,
    outputTokens: count,
    cacheReadInputTokens: count,
    cacheCreationInputTokens: count,
    costUSD: z.number().min(0).catch(0),
  }),
);

/** A block of text; a tool's result may hold such blocks too. */
export const textBlockSchema = z.object({ type: z.literal("text"), text: z.string() });
const toolUseBlock = z.object({ type: z.literal("tool_use"), name: z.string(), input: z.unknown().optional() });
const toolResultBlock = z.object({
  type: z.literal("tool_result"),
  is_error: z.boolean().nullish(),
  content: z.union([z.string(), z.array(z.unknown())]).nullish(),
});
const otherBlock = z.unknown().transform(() => ({ type: "other" as const }));

/** Maximum number of blocks that are read of one message; the CLI writes one a line. */
export const maxBlocks = 100;

/** The content of a message: a list of blocks, or plain text, which is a list of one. Unknown blocks are tolerated. */
const contentSchema = z
  .union([
    z.string().transform((plain) => [{ type: "text" as const, text: plain }]),
    z
      .array(z.unknown())
      .transform((blocks) => blocks.slice(0, maxBlocks))
      .pipe(z.array(z.union([textBlockSchema, toolUseBlock, toolResultBlock, otherBlock]))),
  ])
  .catch([]);

/** The first line of a run: its model, rights, tools and servers. */
export const initLineSchema = z.object({
  type: z.literal("system"),
  subtype: z.literal("init"),
  session_id: text,
  model: text,
  permissionMode: text,
  claude_code_version: text,
  tools: z.array(z.unknown()).catch([]),
  /** Null if it cannot be read: then nothing shows which servers run. */
  mcp_servers: z
    .array(z.object({ name: z.string(), status: text, source: text }))
    .nullable()
    .catch(null),
});

/** A failed API request is repeated. */
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

/** A message to the model: mostly results of its tools. */
export const userLineSchema = z.object({
  type: z.literal("user"),
  message: z.object({ content: contentSchema }),
});

/** How the run ended. API errors have the subtype `success` too: `is_error` decides. */
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
  permission_denials: z.array(z.object({ tool_name: z.string() })).catch([]),
});

/** The first line of a run. */
export type InitLine = z.output<typeof initLineSchema>;
/** A repeated API request. */
export type RetryLine = z.output<typeof retryLineSchema>;
/** A block of the model's answer. */
export type AssistantLine = z.output<typeof assistantLineSchema>;
/** A message to the model. */
export type UserLine = z.output<typeof userLineSchema>;
/** How the run ended. */
export type ResultLine = z.output<typeof resultLineSchema>;
/** Tokens of a message or result, as the Messages API counts them; missing or malformed counts are 0. */
export type Use = z.output<typeof useSchema>;
/** Tokens and money by model, as in a result line. */
export type ModelUse = z.output<typeof modelUseSchema>;
/** One block of a message. */
export type ContentBlock = z.output<typeof contentSchema>[number];
