import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/bot.ts"],
  format: ["esm"],
  target: "node20",
  sourcemap: true,
  clean: true,
});
