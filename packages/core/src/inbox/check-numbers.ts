import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";

/** A hundred years, in milliseconds: a moment that far away is still a date everywhere. */
const durationMs = z
  .number()
  .min(0)
  .max(100 * 365.25 * 86_400_000);
const amount = z.number().min(0);

const numbersSchema = z
  .object({
    leaseMs: durationMs,
    delayMs: durationMs,
    everyMs: durationMs,
    olderThanMs: durationMs,
    bodiesOlderThanMs: durationMs,
    deliveriesOlderThanMs: durationMs,
    limit: z.int().min(1),
    afterSeq: z.int().min(0),
    amountUsd: amount,
    limitUsd: amount,
    spentUsd: amount,
  })
  .partial();

/**
 * Checks the numbers that a method of a store is called with, by the names of its parameters. SQL would round some, refuse
 * others with an error of its own, and take NaN for the largest of all.
 *
 * @throws AgentBotError `REQUEST_INVALID` naming every wrong one
 */
export function checkNumbers(numbers: z.input<typeof numbersSchema>): void {
  const parsed = numbersSchema.safeParse(numbers);
  if (parsed.success) return;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new AgentBotError("REQUEST_INVALID", problems.join("; "), { details: { problems } });
}
