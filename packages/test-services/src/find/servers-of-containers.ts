import { doesDockerAnswer } from "../containers/docker-engine.js";
import { startContainer } from "../containers/start-container.js";
import { loadTestcontainers, testcontainersRelease } from "../containers/testcontainers.js";
import { nothingFound, type ServerSource } from "./found-server.js";
import { runInstaller } from "./run-installer.js";
import { startAll } from "./start-all.js";
import type { TestServicesOptions } from "./test-services-options.js";

/** Starts containers, if a Docker engine answers. The package testcontainers is installed where that is allowed. */
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
