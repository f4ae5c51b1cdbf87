import { access } from "node:fs/promises";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestServicesOptions } from "./find-test-services.js";
import { type FoundServer, nothingFound, type ServerSource, startAll, type TestServer } from "./server-source.js";
import { runInstaller } from "./servers-of-packages.js";

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

const answerLimitMs = 3000;

/** Where an engine listens: a Unix socket, or a host and port without TLS. */
type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Returns true if a Docker engine answers at `DOCKER_HOST` or else at its usual sockets; the CLI alone does not count. */
async function doesDockerAnswer(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<boolean> {
  const answers = await Promise.all(engineAddresses(environment).map((address) => doesAnswer(address, signal)));
  return answers.includes(true);
}

function engineAddresses(environment: Readonly<Record<string, string | undefined>>): readonly EngineAddress[] {
  const host = environment["DOCKER_HOST"];
  if (host) return engineAddress(host);
  const home = environment["HOME"];
  const runtime = environment["XDG_RUNTIME_DIR"];
  return [
    "/var/run/docker.sock",
    ...(home ? [join(home, ".docker/run/docker.sock"), join(home, ".colima/default/docker.sock")] : []),
    ...(runtime ? [join(runtime, "docker.sock")] : []),
  ].map((socketPath) => ({ socketPath }));
}

function engineAddress(host: string): readonly EngineAddress[] {
  if (host.startsWith("unix://")) return [{ socketPath: host.slice("unix://".length) }];
  if (!URL.canParse(host)) return [];
  const { hostname, port } = new URL(host);
  return [{ host: hostname, port: Number(port || 2375) }];
}

/** GET /_ping answers OK (Docker Engine API). */
function doesAnswer(address: EngineAddress, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]);
    const ping = request({ ...address, path: "/_ping", signal: limited, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once("error", () => resolve(false));
    ping.end();
  });
}

/** The release that works on every Node this project runs on: 12 needs a newer one than 20. */
const testcontainersRelease = "testcontainers@11.14.0";

/** A container that runs. */
interface RunningContainer {
  getHost(): string;
  getMappedPort(port: number): number;
  stop(): Promise<unknown>;
}

/** A container that is being described. */
interface ContainerDescription {
  withExposedPorts(port: number): ContainerDescription;
  withEnvironment(variables: Record<string, string>): ContainerDescription;
  withCommand(words: string[]): ContainerDescription;
  withWaitStrategy(strategy: unknown): ContainerDescription;
  start(): Promise<RunningContainer>;
}

/** The part of the package testcontainers that is used here. */
interface Testcontainers {
  readonly GenericContainer: new (image: string) => ContainerDescription;
  readonly Wait: { forLogMessage(message: RegExp, times: number): unknown };
}

const packageName = "testcontainers";

/** Loads the package if it is installed for this one; else null. */
async function loadTestcontainers(): Promise<Testcontainers | null> {
  if (!(await isInstalled())) return null;
  const loaded: Testcontainers = await import(packageName);
  return loaded;
}

// It walks the folders as Node does: a failed import would be cached, and a later one would fail too.
async function isInstalled(): Promise<boolean> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const isThere = await access(join(folder, "node_modules", packageName, "package.json")).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
    if (folder === dirname(folder)) return false;
  }
}
