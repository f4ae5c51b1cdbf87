import { z } from "zod";
import { nameSchema } from "./name.js";
import { repositoryRefSchema } from "./repository-ref.js";

/** One name of a thread, scoped by the tenant of the provider that uses it. */
export const threadAliasSchema = z.object({
  provider: nameSchema,
  /** The provider's own id of the installation, workspace or site. */
  tenant: nameSchema,
  alias: nameSchema,
});

/** One name of a thread. */
export type ThreadAlias = Readonly<z.infer<typeof threadAliasSchema>>;

/**
 * One conversation about one piece of work. The issue, the pull request that came of it and the chat thread are its
 * aliases; its tasks run one at a time, in order, and follow-ups resume its agent session.
 */
export const threadSchema = z.object({
  id: z.string(),
  /** The installation in which the thread began. */
  installationId: z.string(),
  aliases: z.array(threadAliasSchema),
  /** The repository that its work is done in, once it has been resolved; null before. */
  repository: repositoryRefSchema.nullable(),
  /** The agent session that follow-ups resume, or null. */
  sessionId: z.string().nullable(),
});

/** One conversation about one piece of work. */
export type Thread = z.infer<typeof threadSchema>;
