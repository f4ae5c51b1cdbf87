import { z } from "zod";

/** What a run of an agent has used. */
export const usageSchema = z.object({
  costUsd: z.number().min(0),
  inputTokens: z.number().int().min(0),
  outputTokens: z.number().int().min(0),
  cacheReadTokens: z.number().int().min(0),
  cacheCreationTokens: z.number().int().min(0),
});

/** What a run of an agent has used. */
export type Usage = z.infer<typeof usageSchema>;

/** No use at all. */
export const noUsage: Usage = Object.freeze({
  costUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
});
