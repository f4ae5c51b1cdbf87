import type { JsonValue } from "../task/json.js";
import type { Lease } from "../task/lease.js";

/** The state of an effect after {@link EffectLedger.intend}. */
export type EffectIntent =
  /** No worker has tried it yet. */
  | { readonly status: "new" }
  /** A worker may have performed it and died before recording it: look for it before repeating it. */
  | { readonly status: "unresolved"; readonly intendedAt: Date }
  | { readonly status: "performed"; readonly result: JsonValue };

/** One row of the ledger. */
export interface Effect {
  /** Deterministic, e.g. `<task id>/status-comment`. */
  readonly key: string;
  /** The kind of write, e.g. `status-comment`. */
  readonly kind: string;
  /** When the intent was recorded. */
  readonly intendedAt: Date;
  /** When the result was recorded; null before. */
  readonly performedAt: Date | null;
  /** The result of the write; null before it is recorded. */
  readonly result: JsonValue;
}

/**
 * Every outward write, before and after: how one task gets one comment, one branch and one pull request.
 * Writes throw AgentBotError `LEASE_LOST` under an old fence.
 */
export interface EffectLedger {
  /** Records that the effect is about to be performed. */
  intend(lease: Lease, effect: { readonly key: string; readonly kind: string }): Promise<EffectIntent>;
  /** Records that it was performed, with the data to find it again. The first result stays. */
  complete(lease: Lease, key: string, result: JsonValue): Promise<void>;
  /** A task's effects in the order they were intended. */
  list(taskId: string): Promise<readonly Effect[]>;
}
