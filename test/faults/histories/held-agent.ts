import type { AgentOutcome, AgentRunner } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import type { Machine } from "../simulation/machine.js";
import { type RequestKind, requests } from "./step.js";

/** The words of a request to the agent. */
export function wordsOf(request: RequestKind, message: number): string {
  return `@agentbot please ${request} number ${message}.`;
}

/** One run of an agent. */
interface Run {
  readonly machine: Machine;
  readonly taskId: string;
  readonly message: number;
}

/** The actions of agents in order, and the means to hold them up. */
export interface Agents {
  /** Those that run now. */
  readonly running: ReadonlySet<Run>;
  /** In words; empty when all went well. */
  readonly violations: readonly string[];
  /** Lets those that were asked to hold go on, now and later. */
  release(message: number): void;
  runner(machine: Machine): AgentRunner;
}

const done: AgentOutcome = {
  ...{ status: "succeeded", reason: null, isRetryable: false, summary: "Done.", sessionId: "session" },
  ...{ model: "scripted", turns: 1, usage: { ...noUsage, costUsd: 0.01 } },
};

/** `threadOf` returns the thread of a message. */
export function createAgents(threadOf: (message: number) => number | undefined): Agents {
  const running = new Set<Run>();
  const violations: string[] = [];
  const released = new Set<number>();
  const holding = new Map<() => void, number>();

  return {
    running,
    violations,
    release(message) {
      released.add(message);
      for (const [goOn, held] of holding) if (held === message) goOn();
    },
    runner: (machine) => ({
      name: machine.name,
      credential: "held",
      async run({ taskId, prompt }, { signal }) {
        const [, word = "", number = "-1"] = /please (\w+) number (\d+)\./.exec(prompt) ?? [];
        const request = requests.find((each) => each === word);
        const run = { machine, taskId, message: Number(number) };
        for (const other of running) {
          if (!other.machine.wasPaused && threadOf(other.message) === threadOf(run.message))
            violations.push(`agents of ${other.taskId} and ${taskId} of one thread run at once`);
        }
        running.add(run);
        const stop = new AbortController();
        const outlive = machine.onDeath(() => stop.abort());
        try {
          if (request === "hold" && !released.has(run.message)) {
            await new Promise<void>((resolve) => {
              const goOn = (): void => {
                holding.delete(goOn);
                resolve();
              };
              holding.set(goOn, run.message);
              for (const each of [signal, stop.signal]) {
                if (each.aborted) goOn();
                else each.addEventListener("abort", goOn, { once: true });
              }
            });
          }
        } finally {
          outlive();
          running.delete(run);
        }
        // An agent ends while its worker is stopped, too; the worker receives the result when it goes on.
        await new Promise<void>((resolve) => machine.deliver("answer", resolve));
        if (signal.aborted) return { ...done, status: "failed", reason: "agent_aborted", isRetryable: true };
        if (request === "fail") return { ...done, status: "failed", reason: "agent_refused" };
        return done;
      },
    }),
  };
}
