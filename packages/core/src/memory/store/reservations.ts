import type { ScopeRecord, Tables, TaskRecord } from "./tables.js";

/** Returns the balance of a scope, which is created if it is unknown. */
export function scopeRecord({ scopes }: Tables, scope: string): ScopeRecord {
  const known = scopes.get(scope) ?? { reservedMicros: 0, spentMicros: 0 };
  scopes.set(scope, known);
  return known;
}

/** Frees what a task had reserved and counts what it spent under the same scopes. */
export function releaseReservation(tables: Tables, record: TaskRecord, spentMicros = 0): void {
  const { reservation } = record;
  record.reservation = null;
  for (const scope of reservation?.scopes ?? []) {
    const held = scopeRecord(tables, scope);
    held.reservedMicros -= reservation?.micros ?? 0;
    held.spentMicros += spentMicros;
  }
}

/** Counts what a dead worker had reserved as spent: the cost of its run is unknown. */
export function countAbandonedReservation(tables: Tables, record: TaskRecord): void {
  releaseReservation(tables, record, record.reservation?.micros);
}
