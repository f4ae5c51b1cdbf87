import type { Clock } from "../../ports/clock.js";
import type { OAuthTokens } from "../../ports/credential-store.js";
import type { Effect } from "../../ports/effect-ledger.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { Command } from "../../task/command.js";
import type { Delivery } from "../../task/delivery.js";
import type { Installation } from "../../task/installation.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { Task } from "../../task/task.js";
import type { TaskEvent } from "../../task/task-event.js";
import type { ThreadAlias } from "../../task/thread.js";

/** Money set aside for a task, in millionths of a dollar, under each scope. */
export interface Reservation {
  readonly micros: number;
  readonly scopes: ReadonlySet<string>;
}

/** One task and all that belongs to it. `task` is replaced, never changed in place. */
export interface TaskRecord {
  task: Task;
  /** The place in arrival order: the key of pages. Reopening assigns a new one. */
  ordinal: number;
  /** When the running worker's lease ends, in milliseconds since the epoch; null if no worker runs it. */
  leaseUntilMs: number | null;
  /** How often a shutdown gave the attempt back. */
  releaseCount: number;
  reservation: Reservation | null;
  checkpoint: Checkpoint | null;
  /** The fence under which the checkpoint was saved. */
  checkpointFence: number;
  readonly effects: Map<string, Effect>;
  /** In order; pruning removes the first ones. */
  readonly events: TaskEvent[];
  /** The seq of the newest event, pruned or not. */
  lastSeq: number;
}

/** A thread. */
export interface ThreadRecord {
  readonly id: string;
  readonly installationId: string;
  readonly aliases: ThreadAlias[];
  repository: RepositoryRef | null;
  sessionId: string | null;
  /** Its tasks that are not final, in arrival order: only the first may run. */
  readonly open: Set<TaskRecord>;
  newest: TaskRecord | null;
}

/** A command, replaced and never changed in place, and its place in arrival order. */
export interface CommandRecord {
  command: Command;
  readonly ordinal: number;
}

/** A delivery, replaced and never changed in place, and its place in arrival order. */
export interface DeliveryRecord {
  delivery: Delivery;
  readonly ordinal: number;
  /** The command that it gave, or null. */
  readonly commandId: string | null;
}

/** The balance of a budget scope, in millionths of a dollar: floating dollars would not add up exactly. */
export interface ScopeRecord {
  reservedMicros: number;
  spentMicros: number;
}

/**
 * The tables of one memory store. Every method of its ports reads and writes them within one tick, without an await in
 * between: that is what a transaction is here.
 */
export interface Tables {
  readonly clock: Clock;
  nextOrdinal: number;
  readonly installations: Map<string, Installation>;
  /** Our id by {@link keyOf} provider and external id. */
  readonly installationIds: Map<string, string>;
  /** When the newest known change of an installation's status happened, by our id. */
  readonly statusChangedAt: Map<string, Date>;
  readonly threads: Map<string, ThreadRecord>;
  /** The thread by {@link keyOf} provider, tenant and alias. */
  readonly threadsByAlias: Map<string, ThreadRecord>;
  /** Every task, in arrival order. */
  readonly tasks: Map<string, TaskRecord>;
  /** The tasks that are not final, in arrival order. */
  readonly open: Set<TaskRecord>;
  readonly commands: Map<string, CommandRecord>;
  /** The commands that are not answered, in arrival order. */
  readonly openCommands: Set<CommandRecord>;
  readonly deliveries: Map<string, DeliveryRecord>;
  /** The delivery by {@link keyOf} endpoint and body hash, and by endpoint and dedupe key. */
  readonly deliveriesByBody: Map<string, DeliveryRecord>;
  readonly deliveriesByDedupeKey: Map<string, DeliveryRecord>;
  /** How many deliveries have an external id, by {@link keyOf} endpoint and that id. */
  readonly externalIds: Map<string, number>;
  readonly scopes: Map<string, ScopeRecord>;
  /** The tokens by {@link keyOf} provider and external id. */
  readonly credentials: Map<string, OAuthTokens>;
  /** When a process last acquired the outbox's sweep. */
  sweptAtMs: number | null;
}

/** Creates empty tables. */
export function createTables(clock: Clock): Tables {
  return {
    clock,
    nextOrdinal: 1,
    installations: new Map(),
    installationIds: new Map(),
    statusChangedAt: new Map(),
    threads: new Map(),
    threadsByAlias: new Map(),
    tasks: new Map(),
    open: new Set(),
    commands: new Map(),
    openCommands: new Set(),
    deliveries: new Map(),
    deliveriesByBody: new Map(),
    deliveriesByDedupeKey: new Map(),
    externalIds: new Map(),
    scopes: new Map(),
    credentials: new Map(),
    sweptAtMs: null,
  };
}

/** Returns a composite key that no choice of parts can forge. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
