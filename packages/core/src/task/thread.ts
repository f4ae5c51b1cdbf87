import { z } from "zod";

/**
 * One conversation about one piece of work. The issue, the pull request that came of it and the chat thread are its
 * aliases; its tasks run one at a time, in order, and follow-ups resume its agent session.
 */
export const threadSchema = z.object({
  id: z.string(),
  installationId: z.string(),
  aliases: z.array(z.string()),
  /** The agent session that follow-ups resume, or null. */
  sessionId: z.string().nullable(),
});

/** One conversation about one piece of work. */
export type Thread = z.infer<typeof threadSchema>;
