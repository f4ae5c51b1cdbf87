import { dirname } from "node:path";
import { type StartedProcess, startProcess } from "@agentbot/core/process";
import type { ProcessSettings } from "./process-settings.js";

/** One gateway or worker, and the processes that replaced it on its port. */
export interface WorldProcess {
  readonly name: string;
  readonly url: string;
  readonly isRunning: boolean;
  /** 0 while it does not run. */
  readonly processId: number;
  /** How often it was started. */
  readonly startCount: number;
  /** The last lines it logged, as JSON. */
  readonly lines: readonly string[];
  /** Starts it and waits until it listens. */
  start(): Promise<void>;
  /** SIGKILL to it and all that came of it; resolves when they are gone. */
  kill(): Promise<void>;
  /** SIGTERM to it alone; resolves when it has ended by itself. */
  terminate(): Promise<void>;
  /** SIGSTOP: it and all that came of it, or it alone. */
  pause(to?: "program" | "all"): Promise<void>;
  /** SIGCONT. */
  resume(to?: "program" | "all"): Promise<void>;
}

const keptLines = 200;

/** A process that is not started yet. */
export function createWorldProcess(program: string, settings: ProcessSettings): WorldProcess {
  const lines: string[] = [];
  let startCount = 0;
  let ending = new AbortController();
  let running: StartedProcess | null = null;

  const ended = async (): Promise<void> => {
    await running?.result;
    running = null;
  };

  return {
    name: settings.name,
    url: `http://127.0.0.1:${settings.port}`,
    get isRunning() {
      return running !== null;
    },
    get processId() {
      return running?.processId ?? 0;
    },
    get startCount() {
      return startCount;
    },
    lines,
    async start() {
      if (running) return;
      startCount += 1;
      ending = new AbortController();
      const ready = new AbortController();
      const started = await startProcess({
        program: process.execPath,
        arguments: [program, JSON.stringify(settings)],
        directory: settings.directory,
        environment: { PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(":") },
        signal: ending.signal,
        maxOutputBytes: Number.POSITIVE_INFINITY,
        killGraceMs: 0,
        endsWithParent: {},
        onLine(line) {
          lines.push(line);
          if (lines.length > keptLines) lines.shift();
          if (line === '{"message":"ready"}') ready.abort();
        },
      });
      running = started;
      const wasReady = new Promise<void>((resolve) => ready.signal.addEventListener("abort", () => resolve()));
      const early = await Promise.race([wasReady, started.result]);
      if (!early) return;
      running = null;
      throw new Error(`${settings.name} ended before it listened: ${early.stderrTail}\n${lines.join("\n")}`);
    },
    async kill() {
      // A gateway starts nothing: no look for what came of it holds the blow up.
      await running?.signal("SIGKILL", settings.role === "gateway" ? "program" : "all");
      await ended();
    },
    async terminate() {
      await running?.signal("SIGTERM", "program");
      await ended();
    },
    async pause(to = "all") {
      await running?.signal("SIGSTOP", to);
    },
    async resume(to = "all") {
      await running?.signal("SIGCONT", to);
    },
  };
}
