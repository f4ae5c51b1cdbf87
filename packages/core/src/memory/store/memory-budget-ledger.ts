import type { BudgetLedger } from "../../ports/budget-ledger.js";
import type { ScopeRecord, Tables, TaskRecord } from "./tables.js";
import { heldTask } from "./task-record.js";

const toMicros = (usd: number): number => Math.round(usd * 1_000_000);
const toUsd = (micros: number): number => micros / 1_000_000;

function scopeRecord({ scopes }: Tables, scope: string): ScopeRecord {
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

/** Budgets in memory, exact to a millionth of a dollar. */
export function memoryBudgetLedger(tables: Tables): BudgetLedger {
  return {
    async reserve(lease, amountUsd, limits) {
      const record = heldTask(tables, lease);
      const micros = toMicros(amountUsd);
      const { reservation } = record;
      for (const { scope, limitUsd } of limits) {
        const held = tables.scopes.get(scope);
        const ownMicros = reservation?.scopes.has(scope) ? reservation.micros : 0;
        const usedMicros = (held?.reservedMicros ?? 0) + (held?.spentMicros ?? 0) - ownMicros;
        const availableMicros = toMicros(limitUsd) - usedMicros;
        if (micros > availableMicros) {
          return { status: "refused", scope, availableUsd: toUsd(Math.max(0, availableMicros)) };
        }
      }
      releaseReservation(tables, record);
      record.reservation = { micros, scopes: new Set(limits.map(({ scope }) => scope)) };
      for (const scope of record.reservation.scopes) scopeRecord(tables, scope).reservedMicros += micros;
      return { status: "reserved" };
    },

    async settle(lease, spentUsd) {
      releaseReservation(tables, heldTask(tables, lease), toMicros(spentUsd));
    },

    async balance(scope) {
      const held = tables.scopes.get(scope);
      return { reservedUsd: toUsd(held?.reservedMicros ?? 0), spentUsd: toUsd(held?.spentMicros ?? 0) };
    },
  };
}
