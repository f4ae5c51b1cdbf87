import type { FoundServer, TestServer } from "./found-server.js";

/**
 * Starts what is missing, all at once; null is a server that can't be had this way. When one fails, the others are
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
