import { AgentBotError } from "@agentbot/core";
import type { z } from "zod";

/**
 * The part of an answer we use.
 *
 * @throws AgentBotError `PROVIDER_UNAVAILABLE` when it is not what GitHub documents: a proxy answered, say
 */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, data: unknown, doing: string): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new AgentBotError(
    "PROVIDER_UNAVAILABLE",
    `GitHub's answer while ${doing} lacks: ${fields || "a body"}. Check that GITHUB_API_URL is GitHub's API`,
  );
}
