import { z } from "zod";
import { repositoryRefSchema } from "./repository-ref.js";

/** One name of a thread, scoped by the tenant of the provider that uses it. */
export interface ThreadAlias {
  readonly provider: string;
  /** The provider's own id of the installation, workspace or site. */
  readonly tenant: string;
  readonly alias: string;
}

/**
 * One conversation about one piece of work. The issue, the pull request that came of it and the chat thread are its
 * aliases; its tasks run one at a time, in order, and follow-ups resume its agent session.
 */
export const threadSchema = z.object({
  id: z.string(),
  /** The installation in which the thread began. */
  installationId: z.string(),
  aliases: z.array(z.object({ provider: z.string(), tenant: z.string(), alias: z.string() })),
  /** The repository that its work is done in, once it has been resolved; null before. */
  repository: repositoryRefSchema.nullable(),
  /** The agent session that follow-ups resume, or null. */
  sessionId: z.string().nullable(),
});

/** One conversation about one piece of work. */
export type Thread = z.infer<typeof threadSchema>;
