import type { Options } from "tsup";

/** The build of every published package. */
export const libraryBuild = {
  format: ["esm"],
  target: "node20",
  sourcemap: true,
  clean: true,
  esbuildOptions(options) {
    // The sources are published beside the code: a second copy of them in the maps would double its size.
    options.sourcesContent = false;
  },
} satisfies Options;
