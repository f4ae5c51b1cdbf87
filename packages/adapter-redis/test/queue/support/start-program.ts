import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bundleProgram } from "@agentbot/test-services";

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

/** Bundles a program of `programs/` from the sources. */
export async function prepareProgram(name: string): Promise<Program> {
  const { path, remove } = await bundleProgram(new URL(`../programs/${name}.ts`, import.meta.url));
  const running: RunningProgram[] = [];
  return {
    start(...programArguments) {
      const child = spawn(process.execPath, [path, ...programArguments], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      const program: RunningProgram = {
        process: child,
        async line() {
          const { value, done } = await lines.next();
          if (done) throw new Error("The program ended without another line");
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
      await remove();
    },
  };
}
