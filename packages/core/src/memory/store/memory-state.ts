import type { Clock } from "../../ports/clock.js";
import type { Delivery } from "../../task/delivery.js";
import type { Installation } from "../../task/installation.js";
import type { TaskRecord } from "./task-record.js";

/** A thread, and its tasks that are not final in arrival order: the first one is the only one that may run. */
export interface ThreadRecord {
  readonly id: string;
  readonly installationId: string;
  readonly aliases: Set<string>;
  sessionId: string | null;
  readonly open: Set<TaskRecord>;
}

/** A delivery, replaced and never changed in place, and its place in arrival order. */
export interface DeliveryRecord {
  delivery: Delivery;
  readonly ordinal: number;
}

/** What a budget scope holds, in millionths of a dollar: floating dollars would not add up exactly. */
export interface ScopeRecord {
  reservedMicros: number;
  spentMicros: number;
}

/**
 * The tables of one memory store. Every method of its ports reads and writes them within one tick, without an await in
 * between: that is what a transaction is here.
 */
export interface MemoryState {
  readonly clock: Clock;
  nextOrdinal: number;
  readonly installations: Map<string, Installation>;
  /** Our id by {@link keyOf} provider and external id. */
  readonly installationIds: Map<string, string>;
  /** When the newest news about an installation happened, by our id. */
  readonly installationNewsAt: Map<string, Date>;
  readonly threads: Map<string, ThreadRecord>;
  /** The thread by {@link keyOf} installation and alias. */
  readonly threadsByAlias: Map<string, ThreadRecord>;
  /** Every task, in arrival order. */
  readonly tasks: Map<string, TaskRecord>;
  /** Those that are not final, in arrival order. */
  readonly open: Set<TaskRecord>;
  readonly deliveries: Map<string, DeliveryRecord>;
  /** The delivery by {@link keyOf} endpoint and body hash, and by endpoint and semantic key. */
  readonly deliveriesByBody: Map<string, DeliveryRecord>;
  readonly deliveriesBySemanticKey: Map<string, DeliveryRecord>;
  /** How many deliveries have an external id, by {@link keyOf} endpoint and that id. */
  readonly externalIds: Map<string, number>;
  readonly scopes: Map<string, ScopeRecord>;
  /** When somebody last took the outbox's turn. */
  turnTakenAtMs: number | null;
}

/** Empty tables. */
export function createMemoryState(clock: Clock): MemoryState {
  return {
    clock,
    nextOrdinal: 1,
    installations: new Map(),
    installationIds: new Map(),
    installationNewsAt: new Map(),
    threads: new Map(),
    threadsByAlias: new Map(),
    tasks: new Map(),
    open: new Set(),
    deliveries: new Map(),
    deliveriesByBody: new Map(),
    deliveriesBySemanticKey: new Map(),
    externalIds: new Map(),
    scopes: new Map(),
    turnTakenAtMs: null,
  };
}

/** A composite key that no choice of parts can forge. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
