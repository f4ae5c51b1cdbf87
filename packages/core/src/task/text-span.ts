import { z } from "zod";
import type { ShapeOf } from "./shape-of.js";

/**
 * A piece of text with its author. Trust belongs to the span, not to the event that carried it: a signature proves which
 * provider sent an event, never who wrote the words in it.
 */
export interface TextSpan {
  /** The kind of text, such as `issue title` or `comment`. */
  readonly source: string;
  /** The author's id at the provider, or null if unknown. */
  readonly authorId: string | null;
  /** The author's permission in the repository as the provider stated it, such as `write`; null if unknown. Untrusted then. */
  readonly permission: string | null;
  /** The text as received at the trigger; later edits never reach the agent. */
  readonly text: string;
}

/** The schema of {@link TextSpan}. */
export const textSpanSchema = z.object({
  source: z.string(),
  authorId: z.string().nullable(),
  permission: z.string().nullable().default(null),
  text: z.string(),
} satisfies ShapeOf<TextSpan>);
