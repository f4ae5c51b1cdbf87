/** A value of a statement's parameter. Objects are passed as JSON text: the drivers disagree about everything else. */
export type SqlParameter = string | number | boolean | null | Date | Uint8Array | readonly string[];

/** A row as the driver gives it, before it is parsed. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** How {@link SqlExecutor.query} runs a statement. */
export interface SqlQueryOptions {
  /**
   * False for a statement whose text or best plan differs from call to call, as a search's does: it is planned anew each
   * time. @defaultValue true
   */
  readonly isPrepared?: boolean;
  /**
   * True for a statement that takes locks and goes by them: where nothing limits a connection, it gets a transaction of its
   * own that does. @defaultValue false
   */
  readonly isLocking?: boolean;
}

/** Runs SQL: a database, or one transaction of it. */
export interface SqlExecutor {
  /** Runs one statement with `$1`, `$2`, ... for its parameters. */
  query(text: string, parameters: readonly SqlParameter[], options?: SqlQueryOptions): Promise<readonly SqlRow[]>;
  /** Runs several statements without parameters, as migrations are. */
  runScript(text: string): Promise<void>;
}

/** How {@link SqlDatabase.transaction} goes about it. */
export interface SqlTransactionOptions {
  /**
   * How long each statement may take and wait for locks, in milliseconds; at most 2,147,483,647.
   * @defaultValue what the database was opened with
   */
  readonly timeoutMs?: number;
}

/** How {@link SqlDatabase.exclusively} waits. */
export interface SqlExclusiveOptions {
  /** How long to wait for the lock, and how long each statement may take, in milliseconds. @defaultValue 60000 */
  readonly timeoutMs?: number;
}

/** One connection for several statements and transactions. */
export interface SqlSession extends SqlExecutor {
  /** As {@link SqlDatabase.transaction}, on this connection. */
  transaction<Result>(
    work: (transaction: SqlExecutor) => Promise<Result>,
    options?: SqlTransactionOptions,
  ): Promise<Result>;
}

/** Receives notifications. */
export interface SqlListener {
  /** A `NOTIFY` on the channel was committed. */
  notified(payload: string): void;
  /** The connection is lost and no notification comes any more; called once at most, and never after the end of `listen`. */
  lost(error: unknown): void;
}

/**
 * A PostgreSQL database, 14 or newer, with its tables in `search_path`. It is the store's only view of a driver.
 * Every method throws AgentBotError `STORE_UNAVAILABLE` when the database cannot be reached or was closed.
 */
export interface SqlDatabase extends SqlSession {
  /**
   * Runs `work` in a transaction of isolation `READ COMMITTED`; what it throws rolls back. After a deadlock or a
   * serialization failure it is rolled back and run again: `work` does nothing but SQL.
   */
  transaction<Result>(
    work: (transaction: SqlExecutor) => Promise<Result>,
    options?: SqlTransactionOptions,
  ): Promise<Result>;
  /**
   * Runs `work` while no other caller of this name is in it, in any process of this database. It is outside of any
   * transaction, and may wait for other things than SQL. A waiting caller holds neither a connection nor a snapshot.
   */
  exclusively<Result>(
    name: string,
    work: (session: SqlSession) => Promise<Result>,
    options?: SqlExclusiveOptions,
  ): Promise<Result>;
  /** Listens on a channel, on a connection of its own, until the returned function is called. */
  listen(channel: string, listener: SqlListener): Promise<() => Promise<void>>;
  /** This database with its tables in one schema, whatever the connection's `search_path` is. */
  inSchema(schema: string): SqlDatabase;
}
