import type { FoundServer, TestServer } from "../find/found-server.js";
import type { Testcontainers } from "./testcontainers.js";

const redisImage = "redis:7.4-alpine";
const postgresImage = "postgres:17-alpine";

/** Starts a server in a container. Its image says "ready" once (Redis), or a second time after its own set-up. */
export const startContainer: Record<TestServer, (containers: Testcontainers) => Promise<FoundServer>> = {
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
