/** A value of a statement's parameter. Objects travel as JSON text: the drivers disagree about everything else. */
export type SqlParameter = string | number | boolean | null | Date | Uint8Array | readonly string[];

/** A row as the driver gives it, before it is parsed. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Runs SQL: a database, or one transaction of it. */
export interface SqlExecutor {
  /** Runs one statement with `$1`, `$2`, ... for its parameters. */
  query(text: string, parameters: readonly SqlParameter[]): Promise<readonly SqlRow[]>;
  /** Runs several statements without parameters, as migrations are. */
  runScript(text: string): Promise<void>;
}

/**
 * A PostgreSQL database, 14 or newer, with its tables in `search_path`. It is the only thing the store knows of a driver.
 * Every method throws AgentBotError `STORE_UNAVAILABLE` when the database cannot be reached or was closed.
 */
export interface SqlDatabase extends SqlExecutor {
  /** Runs `work` in a transaction of isolation `READ COMMITTED`; what it throws rolls back. */
  transaction<Result>(work: (transaction: SqlExecutor) => Promise<Result>): Promise<Result>;
}
