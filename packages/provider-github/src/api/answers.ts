import { AgentBotError } from "@agentbot/core";
import { z } from "zod";

/** The author of a comment, review or pull request in GitHub's answers. */
export const author = z.object({ id: z.int().optional(), login: z.string(), type: z.string().nullish() });

/** Returns true for a person's account, false for an App's bot. */
export function isPerson({ login, type }: z.output<typeof author>): boolean {
  return type !== "Bot" && !login.endsWith("[bot]");
}

/** Returns true if GitHub answered the call itself with this status, not the request for its token. */
export function isStatus(error: unknown, status: number, doing: string): error is AgentBotError {
  if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) return false;
  return error.details["status"] === status && error.details["operation"] === doing;
}

/**
 * Parses the part of an answer that is used.
 *
 * @throws AgentBotError `PROVIDER_UNAVAILABLE` if it is not what GitHub documents, e.g. because a proxy answered
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
