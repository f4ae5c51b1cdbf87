import { createRandom, type Random } from "../world/random.js";
import type { NetworkFaults, Server } from "./network.js";

/** Something that is done to the system from outside, at a moment of virtual time. */
export type Action = { readonly atMs: number } & (
  | {
      readonly kind: "deliver";
      readonly message: number;
      readonly thread: number;
      readonly copies: number;
      readonly isLabel: boolean;
    }
  | { readonly kind: "cancel" | "retry" | "replay"; readonly message: number }
  /** Ends a machine at once, or politely; another life begins later. */
  | { readonly kind: "kill" | "stop"; readonly machine: number }
  | { readonly kind: "pause"; readonly machine: number; readonly forMs: number; readonly areAnswersFirst: boolean }
  | { readonly kind: "flush" }
  | { readonly kind: "outage"; readonly server: Server; readonly forMs: number }
  /** Sets the date of a machine, or of the servers, ahead or back. */
  | { readonly kind: "date"; readonly machine: number | null; readonly byMs: number }
);

/** Everything that one simulation is made of. The seed decides the rest: how long calls take and which are lost. */
export interface Plan {
  readonly seed: number;
  readonly gateways: number;
  readonly workers: number;
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly taskBudgetUsd: number;
  readonly dailyBudgetUsd: number;
  readonly network: NetworkFaults;
  readonly actions: readonly Action[];
}

/** When the last fault has happened, in milliseconds of virtual time; from then on everything works. */
export const faultsEndMs = 150_000;

/** The settings of a worker that no plan changes. */
export const workerSettings = {
  leaseMs: 30_000,
  reconcileIntervalMs: 10_000,
  effectRecheckMs: 3000,
  shutdownGraceMs: 15_000,
  retryBackOff: { baseMs: 2000, capMs: 30_000 },
};

function fault(random: Random, plan: Pick<Plan, "gateways" | "workers">, messages: number): Action {
  const atMs = random.between(0, faultsEndMs);
  const machine = random.between(0, plan.gateways + plan.workers - 1);
  const worker = random.between(plan.gateways, plan.gateways + plan.workers - 1);
  const message = random.between(0, messages - 1);
  const forMs = random.between(1000, 70_000);
  const luck = random.between(0, 99);
  if (luck < 20) return { atMs, kind: "kill", machine: random.fraction() < 0.7 ? worker : machine };
  if (luck < 27) return { atMs, kind: "stop", machine: worker };
  if (luck < 50) return { atMs, kind: "pause", machine: worker, forMs, areAnswersFirst: random.fraction() < 0.5 };
  if (luck < 58) return { atMs, kind: "flush" };
  if (luck < 68) {
    const server = random.pick(["store", "queue", "provider"] as const);
    return { atMs, kind: "outage", server, forMs: Math.ceil(forMs / 2) };
  }
  if (luck < 76) {
    const isServers = random.fraction() < 0.4;
    // The servers' date is only set back: a store whose date leaps ahead ends leases before their time.
    const byMs = isServers ? -random.between(1000, 300_000) : random.between(-3_600_000, 3_600_000);
    return { atMs, kind: "date", machine: isServers ? null : machine, byMs };
  }
  return { atMs, kind: random.pick(["cancel", "cancel", "retry", "replay"] as const), message };
}

/** The plan of a seed. */
export function makePlan(seed: number): Plan {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const topology = { gateways: random.between(1, 2), workers: random.between(1, 3) };
  const messages = random.between(2, 6);
  const threads = random.between(1, 3);
  const isLossy = random.fraction() < 0.6;
  const taskBudgetUsd = 1;
  const actions: Action[] = [];
  for (let message = 0; message < messages; message += 1) {
    actions.push({
      ...{ kind: "deliver", message, thread: random.between(1, threads) },
      atMs: random.between(0, random.fraction() < 0.5 ? 5000 : faultsEndMs / 2),
      copies: random.fraction() < 0.3 ? random.between(2, 4) : 1,
      isLabel: random.fraction() < 0.15,
    });
  }
  const faults = random.between(0, 7);
  for (let count = 0; count < faults; count += 1) actions.push(fault(random, topology, messages));
  return {
    ...{ seed, ...topology, taskBudgetUsd },
    concurrency: random.between(1, 3),
    maxAttempts: random.between(2, 4),
    dailyBudgetUsd: random.fraction() < 0.4 ? random.between(1, 3) : 100,
    network: {
      requestLost: isLossy ? random.fraction() * 0.02 : 0,
      responseLost: isLossy ? random.fraction() * 0.02 : 0,
      crash: random.fraction() < 0.4 ? random.fraction() * 0.015 : 0,
      slow: random.fraction() < 0.5 ? 0.03 : 0,
    },
    actions: actions.sort((one, other) => one.atMs - other.atMs),
  };
}
