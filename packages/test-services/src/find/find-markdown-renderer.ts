import { findProgram } from "../server/find-program.js";
import type { TestServicesOptions } from "./find-test-services.js";
import { runInstaller } from "./servers-of-packages.js";

/** The renderer of GitHub's Markdown, for tests that compare with it. */
export interface FoundRenderer {
  /** The absolute path of `cmark-gfm`; null if the machine has none. */
  readonly program: string | null;
  /** Where it comes from; where it is missing, what to install. */
  readonly origin: string;
}

const name = "cmark-gfm";
const howToInstall = [
  `The tests of what is published need ${name}, the renderer of GitHub's Markdown. Do one of these:`,
  `  Debian, Ubuntu  sudo apt-get install -y --no-install-recommends ${name}`,
  `  macOS           brew install ${name}`,
  `  elsewhere       build https://github.com/github/${name} and put it on the PATH`,
].join("\n");

/**
 * Finds the program on this machine; as root on Debian and Ubuntu installs it, if `install` allows it. A machine without it
 * still runs the other tests: nothing is thrown.
 */
export async function findMarkdownRenderer(
  options: Pick<TestServicesOptions, "environment" | "directories" | "install" | "onProgress" | "signal">,
): Promise<FoundRenderer> {
  const { environment, directories, install, onProgress, signal = new AbortController().signal } = options;
  const places = { path: environment["PATH"], directories };
  const find = (names: readonly string[]): Promise<string | null> => findProgram({ names, ...places });
  const found = await find([name]);
  if (found !== null) return { program: found, origin: found };
  const aptGet = await find(["apt-get"]);
  if (aptGet === null || !install || process.getuid?.() !== 0) return { program: null, origin: howToInstall };
  onProgress?.(`Installing ${name} (apt-get install -y --no-install-recommends) ...`);
  const failures: string[] = [];
  for (const words of [["update"], ["install", "-y", "--no-install-recommends", name]]) {
    const failure = await runInstaller(aptGet, words, "/", options, signal);
    if (failure !== null) failures.push(failure);
  }
  const program = await find([name]);
  return { program, origin: program ?? [howToInstall, ...failures].join("\n") };
}
