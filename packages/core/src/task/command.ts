import { z } from "zod";
import { actorSchema, originSchema } from "./origin.js";
import { repositoryRefSchema } from "./repository-ref.js";

/** The words that are answered without an agent run. */
export const commandNames = ["stop", "retry", "status", "help", "resume"] as const;

/** One of the words that are answered without an agent run. */
export type CommandName = (typeof commandNames)[number];

/** A recorded command: a request about a thread's tasks that a worker answers by itself, in a lane of its own. */
export const commandSchema = z.object({
  id: z.string(),
  name: z.enum(commandNames),
  installationId: z.string(),
  /** The thread it was given in; null if no task was ever requested there. */
  threadId: z.string().nullable(),
  actor: actorSchema,
  isPreauthorized: z.boolean(),
  origin: originSchema,
  /** The repository the event itself names, or null. */
  repository: repositoryRefSchema.nullable(),
  /** W3C trace context of the webhook, or null. */
  traceparent: z.string().nullable(),
  createdAt: z.date(),
  /** When it was answered, or null. */
  finishedAt: z.date().nullable(),
});

/** A recorded command. */
export type Command = z.infer<typeof commandSchema>;
