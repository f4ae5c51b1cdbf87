import type { Profiler } from "node:inspector";
import { Session } from "node:inspector/promises";
import { pathToFileURL } from "node:url";

/** Which product files ran, by V8's own count of function calls. */
export interface FileCoverage {
  /** The files of which a function ran since the last call, from the root; starts again at zero. */
  take(): Promise<readonly string[]>;
}

/** Starts to count. The evaluation of a module is not a call: only its functions are. */
export async function createFileCoverage(root: string): Promise<FileCoverage> {
  const session = new Session();
  session.connect();
  const prefix = pathToFileURL(root).href;
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  return {
    async take() {
      const { result } = await session.post("Profiler.takePreciseCoverage");
      return result
        .filter(({ functions }) =>
          functions.some((each) => !isModule(each) && each.ranges.some(({ count }) => count > 0)),
        )
        .map(({ url }) => (url.startsWith(prefix) ? url.slice(prefix.length) : ""))
        .filter((path) => /^(?:packages|examples)\/(?!test-services\/)[^/]+\/src\/(?!testing\/)/.test(path))
        .sort();
    },
  };
}

/** Returns true for the entry of a whole module: V8 counts its evaluation as a call without a name that begins the file. */
function isModule({ functionName, ranges }: Profiler.FunctionCoverage): boolean {
  return functionName === "" && ranges[0]?.startOffset === 0;
}
