import { createHash } from "node:crypto";

/** One step of the schema. Shipped as text in a module, so that it survives bundling; never edited once released. */
export interface Migration {
  /** Four digits and a name, such as `0001-initial-schema`: the order they run in. */
  readonly id: string;
  readonly sql: string;
  /**
   * True where a release that lacks it works with the changed tables too, because it only adds to them: such a release
   * starts on them, so that an upgrade can be taken back.
   */
  readonly isAdditive?: true;
}

/** The lower-case hex sha256 of a migration's SQL: how an edited migration is noticed. */
export function migrationChecksum(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}
