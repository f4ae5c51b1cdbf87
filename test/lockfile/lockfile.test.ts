import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const lockfile = new URL("../../package-lock.json", import.meta.url);
const { packages } = JSON.parse(readFileSync(lockfile, "utf8")) as { packages: Record<string, LockedPackage> };

test("the lock file names every optional package, so that npm ci works on every platform", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});

test("the lock file names no registry", () => {
  const hosts = Object.values(packages).filter(({ resolved }) => resolved?.includes("://"));
  expect(hosts).toEqual([]);
});

test("the lock file has a SHA-512 digest for every package from a registry, those of other platforms included", () => {
  const unchecked = Object.entries(packages).filter(
    ([path, { link, integrity }]) => path.includes("node_modules/") && !link && !integrity?.startsWith("sha512-"),
  );
  expect(unchecked.map(([path]) => path)).toEqual([]);
});
