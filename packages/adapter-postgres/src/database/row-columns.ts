import { z } from "zod";

/** A `bigint` or `integer` column: drivers give a number, a decimal string or a BigInt. */
export const integerColumn = z
  .union([z.number(), z.bigint(), z.string().regex(/^-?\d+$/)])
  .transform(Number)
  .pipe(z.number().int());

/** A `numeric` column, which drivers give as a decimal string to keep it exact. */
export const numericColumn = z
  .union([z.number(), z.string().min(1)])
  .transform(Number)
  .pipe(z.number());

/** A `bytea` column as a plain Uint8Array, whichever subclass the driver gives. */
export const bytesColumn = z
  .instanceof(Uint8Array)
  .transform((bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** A `timestamptz` column; finite, since no date of ours is `infinity`. */
export const timeColumn = z.date();
