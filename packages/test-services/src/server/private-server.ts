import { rm } from "node:fs/promises";
import { AgentBotError } from "@agentbot/core";
import { createCleanupStack, once, sleep } from "@agentbot/core/adapter";
import { type StartedProcess, startProcess } from "@agentbot/core/process";

/** The command that starts a server, its readiness check and the signal that ends it. */
export interface ServerRecipe {
  /** Its name, for errors. */
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** Its working directory, which holds all its files. */
  readonly directory: string;
  /** Removes the directory when the server is closed. */
  readonly isDirectoryOurs: boolean;
  /** The user whose rights it has; null: ours. */
  readonly user: { readonly userId: number; readonly groupId: number } | null;
  /** Its environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Returns true once it answers; polled. `processId` distinguishes it from another server on its port. */
  isReady(processId: number, lines: readonly string[]): boolean | Promise<boolean>;
  /** The signal that ends it fastest without leaving a child process. */
  readonly closeSignal: NodeJS.Signals;
}

/** A server process that can be ended and started again in the same place. */
export interface PrivateServer {
  processId(): number;
  /** Starts it, unless it runs; resolves when it answers. */
  start(): Promise<void>;
  /** Sends it a signal and waits until all its processes have ended. */
  endBy(signal: NodeJS.Signals): Promise<void>;
  /** Suspends all its processes: connections stay open and get no answer. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

const readyLimitMs = 60_000;
const pollIntervalMs = 10;
const closeLimitMs = 10_000;
const keptLines = 30;

interface Running {
  readonly process: StartedProcess;
  /** The last lines of its output. */
  readonly lines: readonly string[];
  /** The reason of its end with its last lines; null while it runs. */
  endReason(): string | null;
}

/** The server does not run before its first `start`. */
export function createPrivateServer(recipe: ServerRecipe): PrivateServer {
  let last: Running | null = null;
  let starting: Promise<void> | null = null;
  let isClosed = false;
  const running = (): StartedProcess | null => (last?.endReason() === null ? last.process : null);

  const launch = async (): Promise<void> => {
    if (isClosed) throw new AgentBotError("PROCESS_FAILED", `${recipe.name} was closed: start another one`);
    if (running() !== null) return;
    last = await run(recipe);
    // `close` was called while its process was starting.
    if (isClosed) await endBy("SIGKILL");
    await waitUntilReady(recipe, last);
  };

  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    const process = running();
    if (process === null) return;
    await process.signal(signal, "program");
    // A suspended process handles no signal but SIGKILL.
    await process.signal("SIGCONT", "all");
    await process.result;
  };

  return {
    processId: () => running()?.processId ?? 0,
    start() {
      starting ??= launch().finally(() => {
        starting = null;
      });
      return starting;
    },
    endBy,
    pause: async () => running()?.signal("SIGSTOP", "all"),
    resume: async () => running()?.signal("SIGCONT", "all"),
    close: once(async () => {
      isClosed = true;
      const cleanup = createCleanupStack();
      if (recipe.isDirectoryOurs) cleanup.push(() => rm(recipe.directory, { recursive: true, force: true }));
      cleanup.push(async () => {
        const forcedEnd = setTimeout(() => void endBy("SIGKILL"), closeLimitMs);
        await endBy(recipe.closeSignal);
        clearTimeout(forcedEnd);
      });
      await cleanup.run();
    }),
  };
}

async function run(recipe: ServerRecipe): Promise<Running> {
  const lines: string[] = [];
  let endReason: string | null = null;
  const started = await startProcess({
    program: recipe.program,
    arguments: recipe.arguments,
    directory: recipe.directory,
    environment: recipe.environment,
    user: recipe.user,
    // A server is ended by its own signals only.
    signal: new AbortController().signal,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    endsWithParent: { removeDirectories: recipe.isDirectoryOurs ? [recipe.directory] : [] },
    onLine: (line) => {
      if (lines.push(line) > keptLines) lines.shift();
    },
  });
  started.result.then((result) => {
    const reason = result.startError?.message ?? `it ended with ${result.exitCode ?? result.signal}`;
    endReason = [reason, ...lines, result.stderrTail].join("\n").trim();
  });
  return { process: started, lines, endReason: () => endReason };
}

async function waitUntilReady(recipe: ServerRecipe, { process, lines, endReason }: Running): Promise<void> {
  const deadline = performance.now() + readyLimitMs;
  while (process.processId === null || !(await recipe.isReady(process.processId, lines))) {
    const reason = endReason();
    if (reason !== null) throw new AgentBotError("PROCESS_FAILED", `${recipe.name} does not run: ${reason}`);
    if (performance.now() > deadline) {
      await process.signal("SIGKILL", "all");
      await process.result;
      throw new AgentBotError("PROCESS_FAILED", `${recipe.name} is not ready after ${readyLimitMs} ms: ${endReason()}`);
    }
    await sleep(pollIntervalMs);
  }
}

/** Prepares a server and starts it; if that fails, or the signal aborts, closes it. Returns the function that closes it. */
export async function startUntilAborted(
  server: PrivateServer,
  signal: AbortSignal | undefined,
  prepare: () => Promise<void> = async () => {},
): Promise<() => Promise<void>> {
  const onAbort = (): void => void server.close().catch(() => {});
  const close = async (): Promise<void> => {
    signal?.removeEventListener("abort", onAbort);
    await server.close();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await prepare();
    await server.start();
    signal?.throwIfAborted();
    return close;
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    throw error;
  }
}
