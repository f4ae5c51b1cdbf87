import { findPostgresDirectory } from "../postgres/find-postgres-directory.js";
import { startPrivatePostgres } from "../postgres/start-private-postgres.js";
import { findRedisProgram, startPrivateRedis } from "../redis/start-private-redis.js";
import type { ProgramPlaces } from "../server/find-program.js";
import { type FoundServer, type ServerSource, startAll, type TestServer } from "./server-source.js";

type Start = (places: ProgramPlaces, signal: AbortSignal) => Promise<FoundServer | null>;

const start: Record<TestServer, Start> = {
  async Redis(places, signal) {
    const program = await findRedisProgram(places);
    if (program === null) return null;
    const redis = await startPrivateRedis({ program, signal });
    return { url: redis.url, origin: `private, ${program} on port ${redis.port}`, close: redis.close };
  },
  async PostgreSQL(places, signal) {
    const programDirectory = await findPostgresDirectory(places);
    if (programDirectory === null) return null;
    const postgres = await startPrivatePostgres({ programDirectory, signal });
    const origin = `private, ${programDirectory}/postgres on port ${postgres.port}`;
    return { url: postgres.url, origin, close: postgres.close };
  },
};

/** Starts private servers from the programs that are on this machine. */
export function serversOfPrograms(places: ProgramPlaces): ServerSource {
  return async (missing, signal) => ({
    servers: await startAll(missing, (server) => start[server](places, signal)),
    note: null,
  });
}
