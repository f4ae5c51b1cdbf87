import type { AgentOutcome, AgentRunner } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import type { Random } from "../world/random.js";
import type { Machine } from "./machine.js";
import type { VirtualTime } from "./virtual-time.js";
import type { Watch } from "./watch.js";

/** The chance of each end of a run, as parts of 1; the rest succeeds. */
const ends = { throws: 0.03, interrupted: 0.08, failed: 0.05 };

/**
 * An agent that spends as it works, at most what it was given. It is a process of its own: it goes on while its worker is
 * stopped, and ends when its worker dies.
 */
export function createSimulatedAgent(machine: Machine, random: Random, time: VirtualTime, watch: Watch): AgentRunner {
  return {
    name: "simulated",
    credential: "held",
    async run(job, { signal, onEvent }) {
      const fence = machine.fences.get(job.taskId) ?? 0;
      const startedAtMs = time.nowMs;
      const durationMs = random.fraction() < 0.3 ? random.between(10_000, 60_000) : random.between(10, 4000);
      const wholeCostUsd = Math.round((job.budgetUsd ?? 0) * random.fraction() * 100) / 100;
      const fate = random.fraction();
      const leave = watch.agentStarts(machine, job.taskId);

      return await new Promise<AgentOutcome>((resolve, reject) => {
        let isOver = false;
        const end = (part: Partial<AgentOutcome> | Error): void => {
          if (isOver) return;
          isOver = true;
          forget();
          outlive();
          signal.removeEventListener("abort", abort);
          leave();
          const workedPart = durationMs === 0 ? 1 : (time.nowMs - startedAtMs) / durationMs;
          const costUsd = Math.round(wholeCostUsd * Math.min(1, workedPart) * 1_000_000) / 1_000_000;
          watch.spends(job.taskId, fence, costUsd);
          if (part instanceof Error) {
            machine.deliver("answer", () => reject(part));
            return;
          }
          const outcome: AgentOutcome = {
            ...{ status: "succeeded", reason: null, isRetryable: false, summary: "Done." },
            ...{ sessionId: job.sessionId ?? `session of ${job.taskId}`, model: "simulated", turns: 1 },
            usage: { ...noUsage, costUsd },
            ...part,
          };
          machine.deliver("answer", () => resolve(outcome));
        };
        const abort = (): void => end({ status: "failed", reason: "agent_aborted", isRetryable: true });
        const forget = time.after(durationMs, () => {
          if (fate < ends.throws) end(new Error("the agent cannot be read"));
          else if (fate < ends.throws + ends.interrupted)
            end({ status: "failed", reason: "agent_interrupted", isRetryable: true });
          else if (fate < ends.throws + ends.interrupted + ends.failed)
            end({ status: "failed", reason: "agent_failed" });
          else end({});
        });
        const outlive = machine.onDeath(abort);
        signal.addEventListener("abort", abort, { once: true });
        onEvent({ type: "agent:started", data: {} });
        if (signal.aborted) abort();
      });
    },
  };
}
