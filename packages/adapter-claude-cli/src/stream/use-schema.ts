import { z } from "zod";

const count = z.number().int().min(0).catch(0);
const noUse = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };

/** Tokens as the Messages API counts them: what is missing or odd counts as none. */
export const useSchema = z
  .object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
  })
  .catch(noUse);

/** Tokens as the Messages API counts them. */
export type Use = z.output<typeof useSchema>;

/** Tokens and money by model, as in a result line. */
export const modelUseSchema = z.record(
  z.string(),
  z.object({
    inputTokens: count,
    outputTokens: count,
    cacheReadInputTokens: count,
    cacheCreationInputTokens: count,
    costUSD: z.number().min(0).catch(0),
  }),
);

/** Tokens and money by model. */
export type ModelUse = z.output<typeof modelUseSchema>;
