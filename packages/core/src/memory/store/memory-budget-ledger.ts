import { checkNumbers } from "../../inbox/check-numbers.js";
import type { BudgetLedger } from "../../ports/budget-ledger.js";
import { releaseReservation, scopeRecord } from "./reservations.js";
import type { Tables } from "./tables.js";
import { heldTask } from "./task-record.js";

const toMicros = (usd: number): number => Math.round(usd * 1_000_000);
const toUsd = (micros: number): number => micros / 1_000_000;

/** Budgets in memory, exact to a millionth of a dollar. */
export function memoryBudgetLedger(tables: Tables): BudgetLedger {
  return {
    async reserve(lease, amountUsd, limits) {
      checkNumbers({ amountUsd });
      for (const { limitUsd } of limits) checkNumbers({ limitUsd });
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
      checkNumbers({ spentUsd });
      releaseReservation(tables, heldTask(tables, lease), toMicros(spentUsd));
    },

    async balance(scope) {
      const held = tables.scopes.get(scope);
      return { reservedUsd: toUsd(held?.reservedMicros ?? 0), spentUsd: toUsd(held?.spentMicros ?? 0) };
    },
  };
}
