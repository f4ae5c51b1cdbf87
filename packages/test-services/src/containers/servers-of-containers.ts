import type { TestServicesOptions } from "../find/find-test-services.js";
import { runInstaller } from "../find/run-installer.js";
import { type FoundServer, nothingFound, type ServerSource, startAll, type TestServer } from "../find/server-source.js";
import { doesDockerAnswer } from "./docker-engine.js";
import { loadTestcontainers, type Testcontainers, testcontainersRelease } from "./testcontainers.js";

const redisImage = "redis:7.4-alpine";
const postgresImage = "postgres:17-alpine";

// The log line "ready" comes once (Redis), or a second time after the set-up of the image (PostgreSQL).
const startContainer: Record<TestServer, (containers: Testcontainers) => Promise<FoundServer>> = {
  async Redis({ GenericContainer, Wait }) {
    const container = await new GenericContainer(redisImage)
      .withExposedPorts(6379)
      .withCommand(["redis-server", "--save", "", "--appendonly", "no"])
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/, 1))
      .start();
    return {
      url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
      origin: `container ${redisImage}`,
      close: async () => void (await container.stop()),
    };
  },
  async PostgreSQL({ GenericContainer, Wait }) {
    const container = await new GenericContainer(postgresImage)
      .withExposedPorts(5432)
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: "trust" })
      .withCommand(["postgres", "-c", "fsync=off", "-c", "max_connections=200"])
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
      .start();
    return {
      url: `postgres://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
      origin: `container ${postgresImage}`,
      close: async () => void (await container.stop()),
    };
  },
};

/** Starts containers, if a Docker engine answers; installs the package testcontainers where that is allowed. */
export function serversOfContainers(options: TestServicesOptions): ServerSource {
  return async (missing, signal) => {
    if (!(await doesDockerAnswer(options.environment, signal))) return nothingFound("no Docker engine answers");
    let containers = await loadTestcontainers();
    if (containers === null) {
      if (!options.install) return nothingFound("a Docker engine answers, but testcontainers is not installed");
      options.onProgress?.(`A Docker engine answers: installing ${testcontainersRelease} (npm install --no-save) ...`);
      const words = ["install", "--no-save", "--no-audit", "--no-fund", testcontainersRelease];
      const failure = await runInstaller("npm", words, options.install.directory, options, signal);
      if (failure !== null) return nothingFound(failure);
      containers = await loadTestcontainers();
    }
    if (containers === null) return nothingFound("testcontainers was installed out of reach of this package");
    const loaded = containers;
    try {
      return { servers: await startAll(missing, (server) => startContainer[server](loaded)), note: null };
    } catch (error) {
      return nothingFound(`a Docker engine answers, but runs no container: ${error}`);
    }
  };
}
