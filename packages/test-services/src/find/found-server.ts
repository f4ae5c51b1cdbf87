/** The servers that tests may need. */
export type TestServer = "Redis" | "PostgreSQL";

/** A server that answers. */
export interface FoundServer {
  readonly url: string;
  /** Where it came from, in words, without secrets. */
  readonly origin: string;
  /** Ends it, if it was started for this run. */
  close(): Promise<void>;
}

/** What one source has of what is missing. */
export interface Finding {
  readonly servers: ReadonlyMap<TestServer, FoundServer>;
  /** Why it has no more, for the error when nobody has; null when there is nothing to say. */
  readonly note: string | null;
}

/** One way to come by servers: it is asked for what the ways before it did not have. */
export type ServerSource = (missing: readonly TestServer[], signal: AbortSignal) => Promise<Finding>;

/** Nothing, with or without a reason. */
export function nothingFound(note: string | null = null): Finding {
  return { servers: new Map(), note };
}
