import { AgentBotError } from "@agentbot/core";
import { createCleanupStack, once } from "@agentbot/core/adapter";
import type { ProgramPlaces } from "../server/find-program.js";
import { howToInstall } from "./how-to-install.js";
import type { FoundServer, ServerSource, TestServer } from "./server-source.js";
import { serversOfContainers } from "./servers-of-containers.js";
import { serversOfEnvironment } from "./servers-of-environment.js";
import { serversOfPackages } from "./servers-of-packages.js";
import { serversOfPrograms } from "./servers-of-programs.js";

/** Where {@link findTestServices} looks, and what it may install. */
export interface TestServicesOptions extends Pick<ProgramPlaces, "directories"> {
  /**
   * The environment, of which `REDIS_URL`, `DATABASE_URL`, `PATH`, `HOME`, `DOCKER_HOST` and `XDG_RUNTIME_DIR` are
   * read: pass `process.env`.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Allows the installation of missing servers: testcontainers goes, unsaved, into `directory`, from whose
   * `node_modules` this package is loaded; and root gets servers by apt-get. @defaultValue null: nothing is installed
   */
  readonly install?: { readonly directory: string } | null;
  /** Called with a sentence about each slow step, such as an installation. @defaultValue none */
  readonly onProgress?: (sentence: string) => void;
  /** Aborting it ends the search and closes the servers that were started. */
  readonly signal?: AbortSignal;
}

/** A Redis and a PostgreSQL that answer. */
export interface TestServices {
  /** A Redis that others may use too: use keys of your own and never flush it. */
  readonly redisUrl: string;
  /** Its user may create databases. Work in one of your own only. */
  readonly databaseUrl: string;
  /** The source of each server in words, without passwords. */
  readonly origins: { readonly redis: string; readonly postgres: string };
  /** Ends the servers that were started; those that the environment named keep running. */
  close(): Promise<void>;
}

/**
 * Finds a Redis and a PostgreSQL for a test run; each comes from the first of these that has it:
 *
 * 1. `REDIS_URL` and `DATABASE_URL`, which must answer;
 * 2. private processes from the programs on this machine;
 * 3. containers, if a Docker engine answers, by the optional package testcontainers;
 * 4. for root on Debian and Ubuntu, if `install` allows it: apt-get, and then private processes.
 *
 * @example
 * const services = await findTestServices({ environment: process.env });
 * const redis = new Redis(services.redisUrl);
 * await services.close();
 * @throws AgentBotError `CONFIGURATION_INVALID` if one is missing, naming what to install or to set; or if a variable
 * names a server that does not answer. `PROCESS_FAILED` if a program exists but does not start.
 */
export async function findTestServices(options: TestServicesOptions): Promise<TestServices> {
  const { environment, directories } = options;
  const { redis, postgres } = await searchSources(
    [
      serversOfEnvironment(environment),
      serversOfPrograms({ path: environment["PATH"], directories }),
      serversOfContainers(options),
      serversOfPackages(options, process.getuid?.() === 0),
    ],
    options.signal ?? new AbortController().signal,
  );
  return {
    redisUrl: redis.url,
    databaseUrl: postgres.url,
    origins: { redis: redis.origin, postgres: postgres.origin },
    close: once(async () => {
      await Promise.all([redis.close(), postgres.close()]);
    }),
  };
}

/** Tries each source for the servers that the sources before it lacked. On failure, closes what was started. */
async function searchSources(
  sources: readonly ServerSource[],
  signal: AbortSignal,
): Promise<{ readonly redis: FoundServer; readonly postgres: FoundServer }> {
  const found = new Map<TestServer, FoundServer>();
  const notes: string[] = [];
  const cleanup = createCleanupStack();
  const missing = (): readonly TestServer[] =>
    (["Redis", "PostgreSQL"] as const).filter((server) => !found.has(server));
  try {
    for (const source of sources) {
      signal.throwIfAborted();
      if (missing().length === 0) break;
      const { servers, note } = await source(missing(), signal);
      for (const [server, one] of servers) {
        found.set(server, one);
        cleanup.push(one.close);
      }
      if (note !== null) notes.push(note);
    }
    const [redis, postgres] = [found.get("Redis"), found.get("PostgreSQL")];
    if (redis && postgres) return { redis, postgres };
    throw new AgentBotError("CONFIGURATION_INVALID", howToInstall(missing(), notes));
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
