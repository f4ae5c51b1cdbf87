import { z } from "zod";

/** Three of them, the most that an index of the store has in a row, fit into the 2.7 kB that PostgreSQL takes there. */
const maxNameBytes = 800;

/** The length up to which every text is a name, in UTF-16 units: each has at most three bytes in UTF-8. */
export const maxNameLength = Math.floor(maxNameBytes / 3);

/** A text that the store looks things up by: an id, a login, a path or an alias. */
export const nameSchema = z
  .string()
  .refine(
    (text) => text.length <= maxNameLength || Buffer.byteLength(text) <= maxNameBytes,
    `expected at most ${maxNameBytes} bytes`,
  );
