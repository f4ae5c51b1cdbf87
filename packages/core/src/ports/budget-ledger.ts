import type { Lease } from "../task/lease.js";

/** A limit on what may be reserved and spent under one scope, such as `installation/<id>/2026-11-22`. */
export interface BudgetLimit {
  readonly scope: string;
  readonly limitUsd: number;
}

/** What {@link BudgetLedger.reserve} answers. */
export type ReserveResult =
  | { readonly status: "reserved" }
  | { readonly status: "refused"; readonly scope: string; readonly availableUsd: number };

/** What a scope holds. */
export interface BudgetBalance {
  readonly reservedUsd: number;
  readonly spentUsd: number;
}

/** Money: reserved before a run starts, turned into spending when it ends. Writes throw AgentBotError `LEASE_LOST` under an old fence. */
export interface BudgetLedger {
  /**
   * Reserves under every limit or under none, exactly, under any number of callers. Replaces what this run had reserved
   * before. A run that settles its task gives back what is left; one whose worker died has spent all it had reserved, since
   * nobody knows what it cost.
   */
  reserve(lease: Lease, amountUsd: number, limits: readonly BudgetLimit[]): Promise<ReserveResult>;
  /** Turns the task's reservation into what was spent under the same scopes. */
  settle(lease: Lease, spentUsd: number): Promise<void>;
  balance(scope: string): Promise<BudgetBalance>;
}
