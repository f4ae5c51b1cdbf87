import type { Clock } from "../ports/clock.js";
import type { EffectLedger } from "../ports/effect-ledger.js";
import type { JsonValue } from "../task/json.js";
import type { Lease } from "../task/lease.js";

/** An outward write that must happen once. */
export interface EffectPlan {
  /** Deterministic: `<task id>/pull-request`, say. */
  readonly key: string;
  readonly kind: string;
  /**
   * Looks for what an earlier try has left at the provider; null when there is nothing. Null in place of the function: to
   * perform it again changes nothing, as git's push of the same commit to the same branch.
   */
  readonly find: (() => Promise<JsonValue | null>) | null;
  readonly perform: () => Promise<JsonValue>;
}

/** How {@link performOnce} came by the result: it did it, found it done, or had it in the ledger. */
export type EffectOutcome = "performed" | "found" | "known";

/** What {@link performOnce} works with. */
export interface EffectContext {
  readonly ledger: EffectLedger;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The pause between two looks at the provider, which may be slow to show its own writes, in milliseconds. */
  readonly recheckDelayMs: number;
}

/**
 * Performs an outward write exactly once across crashes: the intent is recorded, the provider is asked, only then is it
 * done. Where an earlier try may have succeeded without saying so, the provider is asked twice, some time apart.
 */
export async function performOnce(
  plan: EffectPlan,
  { ledger, lease, clock, signal, recheckDelayMs }: EffectContext,
): Promise<{ readonly outcome: EffectOutcome; readonly result: JsonValue }> {
  const intent = await ledger.intend(lease, { key: plan.key, kind: plan.kind });
  if (intent.status === "performed") return { outcome: "known", result: intent.result };

  let found = plan.find && (await plan.find());
  if (plan.find && found === null && intent.status === "unresolved") {
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
