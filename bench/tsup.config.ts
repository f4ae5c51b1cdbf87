import { defineConfig } from "tsup";

export default defineConfig({
  entry: [
    "src/main.ts",
    "src/webhooks/gateway-process.ts",
    "src/webhooks/bare-process.ts",
    "src/webhooks/worker-process.ts",
    "src/strangers/flood-process.ts",
    "src/event-stream/gateway-process.ts",
    "src/redis-queue/measure-process.ts",
  ],
  format: ["esm"],
  target: "node20",
  sourcemap: true,
  clean: true,
  // The benchmark measures the packages as they are installed.
  skipNodeModulesBundle: true,
});
