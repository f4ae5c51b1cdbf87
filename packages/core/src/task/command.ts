import { z } from "zod";
import { type Actor, actorSchema, type Origin, originSchema } from "./origin.js";
import { type RepositoryRef, repositoryRefSchema } from "./repository-ref.js";
import type { ShapeOf } from "./shape-of.js";

/** The words that are answered without an agent run. */
export const commandNames = ["stop", "retry", "status", "help", "resume"] as const;

/** One of the words that are answered without an agent run. */
export type CommandName = (typeof commandNames)[number];

/** A recorded command: a request about a thread's tasks that a worker answers by itself, in a lane of its own. */
export interface Command {
  /** A UUIDv7. */
  readonly id: string;
  /** The word that was given. */
  readonly name: CommandName;
  /** The installation in which it was given. */
  readonly installationId: string;
  /** The thread it was given in; null if no task was ever requested there. */
  readonly threadId: string | null;
  /** The person or program that gave it. */
  readonly actor: Actor;
  /** True if configuration admitted the actor at receipt. */
  readonly isPreauthorized: boolean;
  /** Where it was given, and is answered. */
  readonly origin: Origin;
  /** The repository the event itself names, or null. */
  readonly repository: RepositoryRef | null;
  /** W3C trace context of the webhook, or null. */
  readonly traceparent: string | null;
  /** When it was recorded. */
  readonly createdAt: Date;
  /** When it was answered, or null. */
  readonly finishedAt: Date | null;
}

/** The schema of {@link Command}. */
export const commandSchema = z.object({
  id: z.string(),
  name: z.enum(commandNames),
  installationId: z.string(),
  threadId: z.string().nullable(),
  actor: actorSchema,
  isPreauthorized: z.boolean(),
  origin: originSchema,
  repository: repositoryRefSchema.nullable(),
  traceparent: z.string().nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
} satisfies ShapeOf<Command>);
