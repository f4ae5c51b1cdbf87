import { randomBytes } from "node:crypto";

/** A name nobody has used: `<prefix>-<16 hex digits>`. Lets many cases share one database. */
export function freshId(prefix: string): string {
  return `${prefix}-${randomBytes(8).toString("hex")}`;
}
