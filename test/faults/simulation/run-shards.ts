import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "@agentbot/core/process";
import { build } from "tsup";
import { addTallies, type Tally } from "./simulate-seeds.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Bundles the shard from the sources; the bundle lies beside the tests, so that it finds the installed packages. */
async function bundleShard(): Promise<{ readonly program: string; remove(): Promise<void> }> {
  const builds = join(here, "../.build");
  await mkdir(builds, { recursive: true });
  const directory = await mkdtemp(join(builds, "simulation-"));
  await build({
    config: false,
    silent: true,
    clean: false,
    dts: false,
    entry: [join(here, "programs/shard.ts")],
    outDir: directory,
    format: ["esm"],
    target: "node20",
    noExternal: [/^@agentbot\//],
    external: ["zod", "yaml", "eventemitter3"],
    outExtension: () => ({ js: ".mjs" }),
    esbuildOptions: (options) => {
      options.conditions = ["agentbot-source"];
    },
  });
  return { program: join(directory, "shard.mjs"), remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Simulates the seeds from 1 to `count` in so many processes. */
export async function runShards(count: number, processes: number, timeoutMs: number): Promise<Tally> {
  const { program, remove } = await bundleShard();
  const each = Math.ceil(count / processes);
  const runShard = async (shard: number): Promise<Tally> => {
    let output = "";
    const { exitCode, end, stderrTail } = await runProcess({
      program: process.execPath,
      arguments: [program, String(1 + shard * each), String(Math.min(each, count - shard * each))],
      directory: here,
      environment: {},
      signal: AbortSignal.timeout(timeoutMs),
      onLine: (line) => {
        output += line;
      },
    });
    if (exitCode !== 0) throw new Error(`A shard ended as ${end} with ${exitCode}: ${stderrTail}`);
    return JSON.parse(output) as Tally;
  };
  try {
    return addTallies(await Promise.all(Array.from({ length: processes }, (_, shard) => runShard(shard))));
  } finally {
    await remove();
  }
}
