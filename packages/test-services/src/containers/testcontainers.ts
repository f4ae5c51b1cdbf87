import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The release that works on every Node this project runs on: 12 needs a newer one than 20. */
export const testcontainersRelease = "testcontainers@11.14.0";

/** A container that runs. */
export interface RunningContainer {
  getHost(): string;
  getMappedPort(port: number): number;
  stop(): Promise<unknown>;
}

/** A container that is being described. */
export interface ContainerDescription {
  withExposedPorts(port: number): ContainerDescription;
  withEnvironment(variables: Record<string, string>): ContainerDescription;
  withCommand(words: string[]): ContainerDescription;
  withWaitStrategy(strategy: unknown): ContainerDescription;
  start(): Promise<RunningContainer>;
}

/** The part of the package testcontainers that is used here. */
export interface Testcontainers {
  readonly GenericContainer: new (image: string) => ContainerDescription;
  readonly Wait: { forLogMessage(message: RegExp, times: number): unknown };
}

const packageName = "testcontainers";

/** Loads the package if it is installed for this one; else null. */
export async function loadTestcontainers(): Promise<Testcontainers | null> {
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
