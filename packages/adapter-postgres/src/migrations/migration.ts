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
  /**
   * False for statements that PostgreSQL refuses in a transaction, such as `CREATE INDEX CONCURRENTLY`. They run one by one,
   * each ending with `;` at the end of a line, and must be safe to repeat: a process that is killed in between leaves
   * what it has done, and the next one begins again with the first statement. @defaultValue true
   */
  readonly isTransactional?: false;
}

/** The lower-case hex sha256 of a migration's SQL: how an edited migration is noticed. */
export function migrationChecksum(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}

/** The statements of a migration that is not transactional. */
export function statementsOf(migration: Migration): readonly string[] {
  return migration.sql
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter(Boolean);
}
