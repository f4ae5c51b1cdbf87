import { z } from "zod";

/**
 * A piece of text somebody wrote, with who wrote it. Trust belongs to the span, not to the event that carried it:
 * a signature proves which provider sent an event, never who wrote the words in it.
 */
export const textSpanSchema = z.object({
  /** Which text it is, such as `issue title` or `comment`. */
  source: z.string(),
  /** The author's id at the provider, or null if there is none. */
  authorId: z.string().nullable(),
  /** The text as received at the trigger; later edits never reach the agent. */
  text: z.string(),
});

/** A piece of text with its author. */
export type TextSpan = z.infer<typeof textSpanSchema>;
