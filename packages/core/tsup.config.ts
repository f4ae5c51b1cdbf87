import { defineConfig } from "tsup";

export default defineConfig({
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
  format: ["esm"],
  target: "node20",
  sourcemap: true,
  clean: true,
});
