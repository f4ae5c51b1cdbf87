import { findProgram } from "../server/find-program.js";
import type { TestServicesOptions } from "./find-test-services.js";
import { debianPackages } from "./how-to-install.js";
import { runInstaller } from "./run-installer.js";
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
