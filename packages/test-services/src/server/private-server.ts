import { rm } from "node:fs/promises";
import { AgentBotError } from "@agentbot/core";
import { createCleanupStack, once, sleep } from "@agentbot/core/adapter";
import { type StartedProcess, startProcess } from "@agentbot/core/process";

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
  /** Whose rights it has; null: ours. */
  readonly user: { readonly userId: number; readonly groupId: number } | null;
  /** The variables it gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Does it answer? Asked again and again; `processId` tells it from another server on its port. */
  isReady(processId: number, lines: readonly string[]): boolean | Promise<boolean>;
  /** What ends it fastest without leaving a process of it behind. */
  readonly closeSignal: NodeJS.Signals;
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
const closeLimitMs = 10_000;
const keptLines = 30;

interface Running {
  readonly process: StartedProcess;
  /** The last lines of its output. */
  readonly lines: readonly string[];
  /** What it said at its end; null while it runs. */
  lastWords(): string | null;
}

/** Makes a {@link PrivateServer} that does not run yet. */
export function createPrivateServer(recipe: ServerRecipe): PrivateServer {
  let last: Running | null = null;
  let starting: Promise<void> | null = null;
  let isClosed = false;
  const running = (): StartedProcess | null => (last?.lastWords() === null ? last.process : null);

  const launch = async (): Promise<void> => {
    if (isClosed) throw new AgentBotError("PROCESS_FAILED", `${recipe.name} was closed: start another one`);
    if (running() !== null) return;
    last = await run(recipe);
    // It was closed while its process came up.
    if (isClosed) await endBy("SIGKILL");
    await waitUntilReady(recipe, last);
  };

  const endBy = async (signal: NodeJS.Signals): Promise<void> => {
    const process = running();
    if (process === null) return;
    await process.signal(signal, "program");
    // What is paused hears nothing but SIGKILL.
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
        const insist = setTimeout(() => void endBy("SIGKILL"), closeLimitMs);
        await endBy(recipe.closeSignal);
        clearTimeout(insist);
      });
      await cleanup.run();
    }),
  };
}

async function run(recipe: ServerRecipe): Promise<Running> {
  const lines: string[] = [];
  let lastWords: string | null = null;
  const started = await startProcess({
    program: recipe.program,
    arguments: recipe.arguments,
    directory: recipe.directory,
    environment: recipe.environment,
    user: recipe.user,
    // A server is ended by the signal that its kind understands.
    signal: new AbortController().signal,
    maxOutputBytes: Number.POSITIVE_INFINITY,
    endsWithParent: { removeDirectories: recipe.isDirectoryOurs ? [recipe.directory] : [] },
    onLine: (line) => {
      if (lines.push(line) > keptLines) lines.shift();
    },
  });
  started.result.then((result) => {
    const reason = result.startError?.message ?? `it ended with ${result.exitCode ?? result.signal}`;
    lastWords = [reason, ...lines, result.stderrTail].join("\n").trim();
  });
  return { process: started, lines, lastWords: () => lastWords };
}

async function waitUntilReady(recipe: ServerRecipe, { process, lines, lastWords }: Running): Promise<void> {
  const givenUpAt = performance.now() + readyLimitMs;
  while (process.processId === null || !(await recipe.isReady(process.processId, lines))) {
    const words = lastWords();
    if (words !== null) throw new AgentBotError("PROCESS_FAILED", `${recipe.name} does not run: ${words}`);
    if (performance.now() > givenUpAt) {
      await process.signal("SIGKILL", "all");
      await process.result;
      throw new AgentBotError("PROCESS_FAILED", `${recipe.name} is not ready after ${readyLimitMs} ms: ${lastWords()}`);
    }
    await sleep(lookEveryMs);
  }
}
