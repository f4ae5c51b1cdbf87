import { z } from "zod";
import { nameSchema } from "./name.js";
import { type RepositoryRef, repositoryRefSchema } from "./repository-ref.js";
import type { ShapeOf } from "./shape-of.js";

/** One name of a thread, scoped by the tenant of the provider that uses it. */
export interface ThreadAlias {
  /** The provider's name. */
  readonly provider: string;
  /** The provider's own id of the installation, workspace or site. */
  readonly tenant: string;
  /** The provider's name of the conversation, such as `1296269:issue:7`. */
  readonly alias: string;
}

/** The schema of {@link ThreadAlias}. */
export const threadAliasSchema = z.object({
  provider: nameSchema,
  tenant: nameSchema,
  alias: nameSchema,
} satisfies ShapeOf<ThreadAlias>);

/**
 * One conversation about one piece of work. The issue, the pull request that came of it and the chat thread are its
 * aliases; its tasks run one at a time, in order, and follow-ups resume its agent session.
 */
export interface Thread {
  /** A UUIDv7. */
  readonly id: string;
  /** The installation in which the thread began. */
  readonly installationId: string;
  /** Its names at every provider. */
  readonly aliases: readonly ThreadAlias[];
  /** The repository that its work is done in, once it has been resolved; null before. */
  readonly repository: RepositoryRef | null;
  /** The agent session that follow-ups resume, or null. */
  readonly sessionId: string | null;
}

/** The schema of {@link Thread}. */
export const threadSchema = z.object({
  id: z.string(),
  installationId: z.string(),
  aliases: z.array(threadAliasSchema),
  repository: repositoryRefSchema.nullable(),
  sessionId: z.string().nullable(),
} satisfies ShapeOf<Thread>);
