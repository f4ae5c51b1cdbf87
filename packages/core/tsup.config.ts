import { defineConfig } from "tsup";
import { libraryBuild } from "../../tsup.base.js";

export default defineConfig({
  ...libraryBuild,
  entry: [
    "src/index.ts",
    "src/adapter/index.ts",
    "src/markdown/index.ts",
    "src/memory/index.ts",
    "src/node/index.ts",
    "src/process/index.ts",
    "src/testing/index.ts",
    "src/tracing/index.ts",
  ],
});
