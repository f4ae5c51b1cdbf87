import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

/** The programs of the world, bundled from the sources so that a stale build can't turn a test green. */
export interface BundledPrograms {
  readonly gateway: string;
  readonly worker: string;
  remove(): Promise<void>;
}

/** Bundles `programs/`; the bundles lie beside the tests, so that they find the installed packages. */
export async function bundlePrograms(): Promise<BundledPrograms> {
  const builds = fileURLToPath(new URL("../.build", import.meta.url));
  await mkdir(builds, { recursive: true });
  const directory = await mkdtemp(join(builds, "programs-"));
  const entry = ["gateway", "worker"].map((name) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url)));
  await build({
    config: false,
    silent: true,
    clean: false,
    dts: false,
    splitting: true,
    entry,
    outDir: directory,
    format: ["esm"],
    target: "node20",
    noExternal: [/^@agentbot\//],
    external: [/^@electric-sql\//, "pg", "ioredis", "zod", "hono", "pino", "rate-limiter-flexible"],
    outExtension: () => ({ js: ".mjs" }),
    esbuildOptions: (options) => {
      options.conditions = ["agentbot-source"];
    },
  });
  return {
    gateway: join(directory, "gateway.mjs"),
    worker: join(directory, "worker.mjs"),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
