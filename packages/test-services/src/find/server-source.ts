/** The servers that tests may need. */
export type TestServer = "Redis" | "PostgreSQL";

/** A server that answers. */
export interface FoundServer {
  readonly url: string;
  /** Its source in words, without secrets. */
  readonly origin: string;
  /** Ends it, if it was started for this run. */
  close(): Promise<void>;
}

/** The servers that one source provides. */
export interface Finding {
  readonly servers: ReadonlyMap<TestServer, FoundServer>;
  /** The reason why it has no more, for the error if every source fails; null if there is none. */
  readonly note: string | null;
}

/** One way to get servers: it is called with those that the ways before it lacked. */
export type ServerSource = (missing: readonly TestServer[], signal: AbortSignal) => Promise<Finding>;

/** An empty finding, with or without a reason. */
export function nothingFound(note: string | null = null): Finding {
  return { servers: new Map(), note };
}

/**
 * Starts the missing servers in parallel; null is a server that this source cannot start. If one fails, the others are
 * closed and its error is thrown.
 */
export async function startAll(
  missing: readonly TestServer[],
  start: (server: TestServer) => Promise<FoundServer | null>,
): Promise<ReadonlyMap<TestServer, FoundServer>> {
  const servers = new Map<TestServer, FoundServer>();
  const starts = await Promise.allSettled(
    missing.map(async (server) => {
      const found = await start(server);
      if (found) servers.set(server, found);
    }),
  );
  for (const one of starts) {
    if (one.status === "fulfilled") continue;
    await Promise.all([...servers.values()].map((server) => server.close()));
    throw one.reason;
  }
  return servers;
}
