import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process of the benchmark that said it is ready. */
export interface Program {
  /** Where it listens; 0 when it doesn't. */
  readonly port: number;
  /** Processor time it has used so far, in milliseconds, and memory it holds, in bytes. */
  usage(): Promise<{ readonly cpuMs: number; readonly residentBytes: number }>;
  stop(): Promise<void>;
}

/** Starts one of the benchmark's own programs. */
export async function startProgram(name: string, environment: Readonly<Record<string, string>>): Promise<Program> {
  const child = fork(fileURLToPath(new URL(`./webhooks/${name}.js`, import.meta.url)), {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const answer = <Message>(): Promise<Message> =>
    Promise.race([
      new Promise<Message>((resolve) => child.once("message", (message) => resolve(message as Message))),
      ended.then((): never => {
        throw new Error(`${name} ended by itself`);
      }),
    ]);
  const { port } = await answer<{ port: number }>();
  return {
    port,
    usage: async () => {
      child.send("usage");
      return await answer<{ cpuMs: number; residentBytes: number }>();
    },
    stop: async () => {
      if (child.connected) child.send("stop");
      await ended;
    },
  };
}
