import { once } from "@agentbot/core/adapter";
import { askSources } from "./ask-sources.js";
import type { FoundServer, TestServer } from "./found-server.js";
import { serversOfContainers } from "./servers-of-containers.js";
import { serversOfEnvironment } from "./servers-of-environment.js";
import { serversOfPackages } from "./servers-of-packages.js";
import { serversOfPrograms } from "./servers-of-programs.js";
import type { TestServicesOptions } from "./test-services-options.js";

/** A Redis and a PostgreSQL that answer. */
export interface TestServices {
  /** Use keys of your own only and never flush: it may be somebody's. */
  readonly redisUrl: string;
  /** Its user may create databases. Work in one of your own only. */
  readonly databaseUrl: string;
  /** Where each came from, in words, without passwords. */
  readonly origins: { readonly redis: string; readonly postgres: string };
  /** Ends what was started; what the environment named goes on. */
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
 * @throws AgentBotError `CONFIGURATION_INVALID` when one is missing, saying exactly what to install or to set; or when a
 * variable names a server that does not answer. `PROCESS_FAILED` when a program is there but does not start.
 */
export async function findTestServices(options: TestServicesOptions): Promise<TestServices> {
  const { environment, directories } = options;
  const signal = options.signal ?? new AbortController().signal;
  const found = await askSources(
    [
      serversOfEnvironment(environment),
      serversOfPrograms({ path: environment["PATH"], directories }),
      serversOfContainers(options),
      serversOfPackages(options, process.getuid?.() === 0),
    ],
    signal,
  );
  const [redis, postgres] = [serverOf(found, "Redis"), serverOf(found, "PostgreSQL")];
  return {
    redisUrl: redis.url,
    databaseUrl: postgres.url,
    origins: { redis: redis.origin, postgres: postgres.origin },
    close: once(async () => {
      await Promise.all([redis.close(), postgres.close()]);
    }),
  };
}

function serverOf(found: ReadonlyMap<TestServer, FoundServer>, server: TestServer): FoundServer {
  const one = found.get(server);
  if (!one) throw new Error(`${server} was not found`);
  return one;
}
