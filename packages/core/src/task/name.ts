import { z } from "zod";

/** Three of them, the most that an index of the store has in a row, fit into the 2.7 kB that PostgreSQL takes there. */
const maxNameBytes = 800;
/** Longer texts are counted; every UTF-16 unit has at most three bytes in UTF-8. */
const surelyFits = Math.floor(maxNameBytes / 3);

/** A text that the store looks things up by: an id, a login, a path or an alias. */
export const nameSchema = z
  .string()
  .refine(
    (text) => text.length <= surelyFits || Buffer.byteLength(text) <= maxNameBytes,
    `expected at most ${maxNameBytes} bytes`,
  );

/** Cuts a text to a name. */
export function cutToName(text: string): string {
  return nameSchema.safeParse(text).success ? text : text.slice(0, surelyFits).replace(/\p{Surrogate}$/u, "");
}
