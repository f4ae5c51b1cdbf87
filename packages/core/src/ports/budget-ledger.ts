import type { Lease } from "../task/lease.js";

/** A limit of reservations and spending under one scope, such as `installation/<id>/2026-11-22`. */
export interface BudgetLimit {
  /** The name under which amounts are added up. */
  readonly scope: string;
  /** Maximum of reserved and spent money together, in US dollars. */
  readonly limitUsd: number;
}

/** The result of {@link BudgetLedger.reserve}. */
export type ReserveResult =
  | { readonly status: "reserved" }
  | { readonly status: "refused"; readonly scope: string; readonly availableUsd: number };

/** The balance of a scope. */
export interface BudgetBalance {
  /** Held for tasks that run, in US dollars. */
  readonly reservedUsd: number;
  /** In US dollars. */
  readonly spentUsd: number;
}

/** Money: reserved before a run starts, turned into spending when it ends. Writes throw AgentBotError `LEASE_LOST` under an old fence. */
export interface BudgetLedger {
  /**
   * Reserves under every limit or under none, exactly, under any number of callers. Replaces the run's earlier reservation. A
   * run that settles its task gives the rest back; one whose worker died has spent its whole reservation, since its cost is
   * unknown.
   */
  reserve(lease: Lease, amountUsd: number, limits: readonly BudgetLimit[]): Promise<ReserveResult>;
  /** Turns the task's reservation into spending under the same scopes. */
  settle(lease: Lease, spentUsd: number): Promise<void>;
  /** Returns what is reserved and spent in a scope. */
  balance(scope: string): Promise<BudgetBalance>;
}
