import type { Clock } from "../ports/clock.js";
import type { EffectLedger } from "../ports/effect-ledger.js";
import type { JsonValue } from "../task/json.js";
import type { Lease } from "../task/lease.js";

/** An outward write that must happen once. */
export interface EffectPlan {
  /** Deterministic, e.g. `<task id>/pull-request`. */
  readonly key: string;
  /** The kind of write, e.g. `pull-request`: for the ledger, metrics and events. */
  readonly kind: string;
  /**
   * Returns the result that an earlier attempt has left at the provider, or null. Null in place of the function if repeating
   * the write changes nothing, such as git's push of the same commit to the same branch.
   */
  readonly find: (() => Promise<JsonValue | null>) | null;
  /** True if the result may be there although no attempt was made: then the first attempt looks for it too. @defaultValue false */
  readonly mayPreexist?: boolean;
  /** Performs the write and returns what is recorded as its result. */
  readonly perform: () => Promise<JsonValue>;
}

/** Where the result came from: the write itself, the provider, or the ledger. */
export type EffectOutcome = "performed" | "found" | "known";

/** The ledger and the lease of an effect, and how it waits. */
export interface EffectContext {
  /** Records intents and results. */
  readonly ledger: EffectLedger;
  /** The right to write about the task; both records carry it. */
  readonly lease: Lease;
  /** The source of the time. */
  readonly clock: Clock;
  /** Ends the wait, and keeps a write from beginning. */
  readonly signal: AbortSignal;
  /** The pause between two calls of `find`, in milliseconds: a provider may be slow to show its own writes. */
  readonly recheckDelayMs: number;
}

/**
 * Performs an outward write exactly once across crashes: the intent is recorded, and only then the write performed. If an
 * earlier attempt may have succeeded without a record, it is looked for at the provider before: twice, some time apart.
 */
export async function performOnce(
  plan: EffectPlan,
  { ledger, lease, clock, signal, recheckDelayMs }: EffectContext,
): Promise<{ readonly outcome: EffectOutcome; readonly result: JsonValue }> {
  const intent = await ledger.intend(lease, { key: plan.key, kind: plan.kind });
  if (intent.status === "performed") return { outcome: "known", result: intent.result };

  const isUnresolved = intent.status === "unresolved";
  let found = plan.find && (isUnresolved || plan.mayPreexist) ? await plan.find() : null;
  if (plan.find && found === null && isUnresolved) {
    await clock.sleep(recheckDelayMs, signal);
    signal.throwIfAborted();
    found = await plan.find();
  }
  signal.throwIfAborted();
  const outcome = found === null ? "performed" : "found";
  const result = found ?? (await plan.perform());
  await ledger.complete(lease, plan.key, result);
  return { outcome, result };
}
