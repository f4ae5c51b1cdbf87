/** One statement as `pg` takes it. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  readonly name?: string;
  readonly types?: { getTypeParser(oid: number, format?: string): (value: string) => unknown };
}

/** The result of a query, as `pg` returns it. */
export interface PostgresResult {
  readonly command: string;
  readonly rows: Record<string, unknown>[];
}

/** The part of a `pg` client, taken out of a pool, that agentbot uses. */
export interface PostgresPoolClient {
  /** The process that serves this connection, as the server said when it began; a pooler makes one up. */
  readonly processID?: number | null;
  query(query: PostgresQuery): Promise<PostgresResult>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "notification", listener: (message: { channel: string; payload?: string | undefined }) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
  off(event: "notification", listener: (message: { channel: string; payload?: string | undefined }) => void): unknown;
  release(destroy?: boolean): void;
}

/** The part of a `Pool` of `pg` 8 that agentbot uses: yours, so that you choose its size, TLS and when it ends. */
export interface PostgresPool {
  /** agentbot sets the limit if it is unset: a connection that is never answered keeps its place in the pool for ever. */
  readonly options?: { connectionTimeoutMillis?: number | null | undefined };
  connect(): Promise<PostgresPoolClient>;
  on(event: "error", listener: (error: Error) => void): unknown;
}
