import { z } from "zod";

/**
 * A piece of text with its author. Trust belongs to the span, not to the event that carried it: a signature proves which
 * provider sent an event, never who wrote the words in it.
 */
export const textSpanSchema = z.object({
  /** The kind of text, such as `issue title` or `comment`. */
  source: z.string(),
  /** The author's id at the provider, or null if unknown. */
  authorId: z.string().nullable(),
  /** The author's permission in the repository as the provider stated it, such as `write`; null if unknown. Untrusted then. */
  permission: z.string().nullable().default(null),
  /** The text as received at the trigger; later edits never reach the agent. */
  text: z.string(),
});

/** A piece of text with its author. */
export type TextSpan = z.infer<typeof textSpanSchema>;
