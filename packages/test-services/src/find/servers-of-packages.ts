import { environmentFrom, runProcess } from "@agentbot/core/process";
import { findProgram } from "../server/find-program.js";
import type { TestServicesOptions } from "./find-test-services.js";
import { debianPackages } from "./how-to-install.js";
import { nothingFound, type ServerSource } from "./server-source.js";
import { serversOfPrograms } from "./servers-of-programs.js";

/** As root on Debian and Ubuntu, installs the servers and starts private ones. It never uses sudo. */
export function serversOfPackages(options: TestServicesOptions, isRoot: boolean): ServerSource {
  const places = { path: options.environment["PATH"], directories: options.directories };
  return async (missing, signal) => {
    const aptGet = await findProgram({ names: ["apt-get"], ...places });
    if (aptGet === null) return nothingFound();
    if (!isRoot) return nothingFound("apt-get is there, but only root may install with it");
    if (!options.install) return nothingFound("apt-get is there, but nothing may be installed (npm test does)");
    const packages = debianPackages(missing);
    options.onProgress?.(`Installing ${packages.join(" and ")} (apt-get install -y --no-install-recommends) ...`);
    const failures: string[] = [];
    for (const words of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
      const failure = await runInstaller(aptGet, words, "/", options, signal);
      if (failure !== null) failures.push(failure);
    }
    const { servers } = await serversOfPrograms(places)(missing, signal);
    // A failed update of the lists matters only if the installation fails too.
    return { servers, note: servers.size === missing.length ? null : failures.join("\n") || null };
  };
}

const limitMs = 600_000;
const keptLines = 15;
const passedOn = [
  "PATH",
  "HOME",
  "LANG",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];
const passedOnToNpm = ["npm_config_registry", "npm_config_cache", "npm_config_userconfig", "NODE_EXTRA_CA_CERTS"];

/** Runs an installer. Returns null if it succeeded, else its last lines. */
export async function runInstaller(
  program: string,
  words: readonly string[],
  directory: string,
  { environment }: Pick<TestServicesOptions, "environment">,
  signal: AbortSignal,
): Promise<string | null> {
  const lines: string[] = [];
  const result = await runProcess({
    program,
    arguments: words,
    directory,
    environment: environmentFrom(environment, [...passedOn, ...passedOnToNpm], { DEBIAN_FRONTEND: "noninteractive" }),
    signal,
    timeoutMs: limitMs,
    onLine: (line) => {
      if (lines.push(line) > keptLines) lines.shift();
    },
  });
  signal.throwIfAborted();
  if (result.end === "exited" && result.exitCode === 0) return null;
  const reason = result.startError?.message ?? `${result.end}, exit code ${result.exitCode}`;
  return [`${program} ${words.join(" ")} fails (${reason})`, ...lines, result.stderrTail].join("\n").trim();
}
