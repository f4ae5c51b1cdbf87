import { type Probed, probe } from "../../lifecycle/probe.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/store.js";
import type { QueueStats, TaskQueue } from "../../ports/task-queue.js";
import type { HealthOptions, HealthProbe } from "./health.js";

/** The answers of all dependencies at one time. */
export interface DependencyLook {
  readonly database: Probed<true>;
  readonly queue: Probed<QueueStats>;
  /** The checks of the host by name, each with its warnings; null for one that is not configured. */
  readonly checks: readonly (readonly [name: string, result: Probed<readonly string[]> | null])[];
}

/** The dependencies, and how long they are waited for. */
export interface LookDeps extends Pick<Required<HealthOptions>, "checks"> {
  readonly store: Pick<Store, "health">;
  readonly queue: Pick<TaskQueue, "stats">;
  readonly clock: Clock;
  /** Maximum wait for a dependency, in milliseconds. */
  readonly timeoutMs: number;
}

/** How long a result is served again, in milliseconds. */
const maxAgeMs = 1000;

/**
 * Creates the one look that `/health`, `/readyz` and `/metrics` share: at most one is under way, and its result is served
 * for a second, so that no number of requests loads a dependency. One that has not answered is not asked again meanwhile.
 */
export function createDependencyLook(deps: LookDeps): () => Promise<DependencyLook> {
  const { store, queue, checks, clock, timeoutMs } = deps;
  const ping = oneAtATime(async (options) => store.health.ping(options).then(() => true as const));
  const count = oneAtATime(() => queue.stats());
  const others = Object.entries(checks).map(([name, check]) => [name, check && oneAtATime(check)] as const);
  const look = async (): Promise<DependencyLook> => {
    const [database, counts, results] = await Promise.all([
      probe(ping, timeoutMs),
      probe(count, timeoutMs),
      Promise.all(others.map(async ([name, check]) => [name, check && (await probe(check, timeoutMs))] as const)),
    ]);
    return { database, queue: counts, checks: results };
  };
  return shareWithin(look, maxAgeMs, clock);
}

type Call<Value> = (...given: Parameters<HealthProbe>) => Promise<Value>;

/** A call that stays unanswered keeps its connection: another one would take the next. */
function oneAtATime<Value>(call: Call<Value>): Call<Value> {
  let isPending = false;
  return async (options) => {
    if (isPending) throw new Error("The last call is not answered yet");
    isPending = true;
    try {
      return await call(options);
    } finally {
      isPending = false;
    }
  };
}

/** Calls `look` for the first of many callers; the others get the same result until it is `maxAgeMs` old. */
function shareWithin<Result>(look: () => Promise<Result>, maxAgeMs: number, clock: Clock): () => Promise<Result> {
  let shared: { readonly result: Promise<Result>; endedAtMs: number } | null = null;
  return () => {
    if (shared !== null && clock.monotonicMs() - shared.endedAtMs < maxAgeMs) return shared.result;
    const started = { result: look(), endedAtMs: Number.POSITIVE_INFINITY };
    shared = started;
    void started.result.finally(() => {
      started.endedAtMs = clock.monotonicMs();
    });
    return started.result;
  };
}
