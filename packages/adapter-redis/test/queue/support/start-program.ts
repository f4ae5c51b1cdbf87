import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "tsup";

/** A bundled program of `programs/`, to be run as a process of its own. */
export interface Program {
  start(...programArguments: readonly string[]): RunningProgram;
  /** Ends every process of it and removes the bundle. */
  remove(): Promise<void>;
}

/** One process of it. */
export interface RunningProgram {
  readonly process: ChildProcess;
  /** The next line it prints, printed ones included. */
  line(): Promise<string>;
  kill(): Promise<void>;
}

/** Bundles a program from the sources; the bundle lies inside the package, so that it finds the installed packages. */
export async function bundleProgram(name: string): Promise<Program> {
  const builds = fileURLToPath(new URL("../../../.build", import.meta.url));
  await mkdir(builds, { recursive: true });
  const directory = await mkdtemp(join(builds, "program-"));
  await build({
    config: false,
    silent: true,
    clean: false,
    dts: false,
    entry: [fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url))],
    outDir: directory,
    format: ["esm"],
    target: "node20",
    noExternal: [/^@agentbot\//],
    external: ["zod", "ioredis"],
    outExtension: () => ({ js: ".mjs" }),
    esbuildOptions: (options) => {
      options.conditions = ["agentbot-source"];
    },
  });
  const running: RunningProgram[] = [];
  return {
    start(...programArguments) {
      const child = spawn(process.execPath, [join(directory, `${name}.mjs`), ...programArguments], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      const program: RunningProgram = {
        process: child,
        async line() {
          const { value, done } = await lines.next();
          if (done) throw new Error("it ended without saying more");
          return value;
        },
        async kill() {
          child.kill("SIGKILL");
          await ended;
        },
      };
      running.push(program);
      return program;
    },
    async remove() {
      await Promise.all(running.map((program) => program.kill()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
