import { randomBytes } from "node:crypto";

/** Returns a new name, `<prefix>-<16 hex digits>`, so that many cases can share one database. */
export function freshId(prefix: string): string {
  return `${prefix}-${randomBytes(8).toString("hex")}`;
}
