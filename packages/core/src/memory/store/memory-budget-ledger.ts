import type { BudgetLedger } from "../../ports/budget-ledger.js";
import { heldTask } from "./held-task.js";
import type { MemoryState, ScopeRecord } from "./memory-state.js";
import type { TaskRecord } from "./task-record.js";

const toMicros = (usd: number): number => Math.round(usd * 1_000_000);
const toUsd = (micros: number): number => micros / 1_000_000;

function scopeRecord({ scopes }: MemoryState, scope: string): ScopeRecord {
  const known = scopes.get(scope) ?? { reservedMicros: 0, spentMicros: 0 };
  scopes.set(scope, known);
  return known;
}

/** Frees what a task had reserved; what it spent, if anything, is counted under the same scopes. */
export function releaseReservation(state: MemoryState, record: TaskRecord, spentMicros = 0): void {
  const { reservation } = record;
  record.reservation = null;
  for (const scope of reservation?.scopes ?? []) {
    const held = scopeRecord(state, scope);
    held.reservedMicros -= reservation?.micros ?? 0;
    held.spentMicros += spentMicros;
  }
}

/** What a dead worker had reserved counts as spent: nobody knows what its run cost. */
export function countAbandonedReservation(state: MemoryState, record: TaskRecord): void {
  releaseReservation(state, record, record.reservation?.micros);
}

/** Budgets in memory, exact to a millionth of a dollar. */
export function memoryBudgetLedger(state: MemoryState): BudgetLedger {
  return {
    async reserve(lease, amountUsd, limits) {
      const record = heldTask(state, lease);
      const micros = toMicros(amountUsd);
      const { reservation } = record;
      for (const { scope, limitUsd } of limits) {
        const held = state.scopes.get(scope);
        const ownMicros = reservation?.scopes.has(scope) ? reservation.micros : 0;
        const usedMicros = (held?.reservedMicros ?? 0) + (held?.spentMicros ?? 0) - ownMicros;
        const availableMicros = toMicros(limitUsd) - usedMicros;
        if (micros > availableMicros) {
          return { status: "refused", scope, availableUsd: toUsd(Math.max(0, availableMicros)) };
        }
      }
      releaseReservation(state, record);
      record.reservation = { micros, scopes: new Set(limits.map(({ scope }) => scope)) };
      for (const scope of record.reservation.scopes) scopeRecord(state, scope).reservedMicros += micros;
      return { status: "reserved" };
    },

    async settle(lease, spentUsd) {
      releaseReservation(state, heldTask(state, lease), toMicros(spentUsd));
    },

    async balance(scope) {
      const held = state.scopes.get(scope);
      return { reservedUsd: toUsd(held?.reservedMicros ?? 0), spentUsd: toUsd(held?.spentMicros ?? 0) };
    },
  };
}
