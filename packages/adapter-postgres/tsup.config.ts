import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", "write-snapshot": "src/embedded/write-snapshot.ts" },
  format: ["esm"],
  target: "node20",
  sourcemap: true,
  clean: true,
});
