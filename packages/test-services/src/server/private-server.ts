import { AgentBotError, createCleanupStack, once, sleep } from "@agentbot/core";
import { type ProcessRequest, type StartedProcess, startProcess } from "@agentbot/core/process";

/** How a server of our own is started and told to end. */
export interface ServerRecipe {
  /** Its name, for errors. */
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** Where it runs; all it keeps is in here. */
  readonly directory: string;
  /** Is the directory removed when the server is closed? */
  readonly isDirectoryOurs: boolean;
  readonly user: ProcessRequest["user"];
  /** The variables it gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Does it answer? Asked again and again; `processId` tells it from another server on its port. */
  isReady(processId: number, lines: readonly string[]): boolean | Promise<boolean>;
  /** Removes its directory. */
  removeDirectory(): Promise<void>;
}

/** A server process that can be ended and started again in the same place. */
export interface PrivateServer {
  processId(): number;
  /** Starts it, unless it runs; resolves when it answers. */
  start(): Promise<void>;
  /** Sends it a signal and waits until nothing of it is left. */
  endBy(signal: NodeJS.Signals): Promise<void>;
  /** Stops all its processes in their tracks: connections stay open and nobody answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

const readyLimitMs = 60_000;
const lookEveryMs = 10;

/** Makes a {@link PrivateServer} that does not run yet. */
export function createPrivateServer(recipe: ServerRecipe): PrivateServer {
  let running: { readonly process: StartedProcess; readonly stop: AbortController } | null = null;
  let isClosed = false;

  const launch = async (): Promise<void> => {
    const stop = new AbortController();
    const lines: string[] = [];
    const started = await startProcess({
      program: recipe.program,
      arguments: recipe.arguments,
      directory: recipe.directory,
      environment: recipe.environment,
      user: recipe.user ?? null,
      signal: stop.signal,
      killGraceMs: 3000,
      maxOutputBytes: Number.POSITIVE_INFINITY,
      endsWithParent: { removeDirectories: recipe.isDirectoryOurs ? [recipe.directory] : [] },
      onLine: (line) => {
        if (lines.push(line) > 100) lines.shift();
      },
    });
    running = { process: started, stop };
    let ended: string | null = null;
    started.result.then((result) => {
      const reason = result.startError?.message ?? `it exited with ${result.exitCode ?? result.signal}`;
      ended = [reason, ...lines.slice(-20), result.stderrTail].join("\n").trim();
      if (running?.process === started) running = null;
    });
    const givenUpAt = performance.now() + readyLimitMs;
    while (started.processId === null || !(await recipe.isReady(started.processId, lines))) {
      if (ended !== null) throw new AgentBotError("PROCESS_FAILED", `${recipe.name} does not start: ${ended}`);
      if (performance.now() > givenUpAt) {
        stop.abort();
        await started.result;
        throw new AgentBotError(
          "PROCESS_FAILED",
          `${recipe.name} was not ready within ${readyLimitMs / 1000} s: ${ended}`,
        );
      }
      await sleep(lookEveryMs);
    }
  };

  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    const { process } = running ?? {};
    if (!process) return;
    await process.signal(signal, "program");
    // What is paused hears nothing but SIGKILL.
    await process.signal("SIGCONT", "all");
    await process.result;
  };

  return {
    processId: () => running?.process.processId ?? 0,
    async start() {
      if (isClosed) throw new AgentBotError("PROCESS_FAILED", `${recipe.name} was closed: start another one`);
      if (running === null) await launch();
    },
    endBy,
    pause: async () => running?.process.signal("SIGSTOP", "all"),
    resume: async () => running?.process.signal("SIGCONT", "all"),
    close: once(async () => {
      isClosed = true;
      const cleanup = createCleanupStack();
      if (recipe.isDirectoryOurs) cleanup.push(recipe.removeDirectory);
      cleanup.push(() => endBy("SIGKILL"));
      await cleanup.run();
    }),
  };
}
