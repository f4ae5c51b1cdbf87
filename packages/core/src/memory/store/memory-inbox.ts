import type { Inbox, InboxRequest } from "../../ports/inbox.js";
import type { Delivery, DeliveryDraft, DeliverySummary, DeliveryVerdict } from "../../task/delivery.js";
import { acceptTask, ensureThread } from "./accept-task.js";
import { changeInstallation } from "./change-installation.js";
import { cancelAtOnce } from "./end-task.js";
import { copyDelivery, insertDelivery } from "./insert-delivery.js";
import { ensureInstallation } from "./memory-installation-store.js";
import { keyOf, type MemoryState } from "./memory-state.js";
import { pageNewestFirst } from "./page-newest-first.js";
import { pruneDeliveries } from "./prune-deliveries.js";
import { recordAgain } from "./record-again.js";
import { queueEntry, type TaskRecord } from "./task-record.js";

const summarise = ({ body: _, ...summary }: Delivery): DeliverySummary => structuredClone(summary);

/** What became of a delivery, and the task it made. */
interface Decision {
  readonly verdict: DeliveryVerdict;
  readonly installationId: string | null;
  readonly accepted: TaskRecord | null;
}

/** Ends the task that this request made, if it never began. */
function withdraw(state: MemoryState, endpoint: string, dedupeKey: string): void {
  const verdict = state.deliveriesBySemanticKey.get(keyOf(endpoint, dedupeKey))?.delivery.verdict;
  const record = verdict?.status === "accepted" ? state.tasks.get(verdict.taskId) : undefined;
  if (record?.task.status === "queued" && record.task.fence === 0) cancelAtOnce(state, record, "withdrawn");
}

/** Does what a delivery asks for. */
function decide(
  state: MemoryState,
  { provider, endpoint, traceparent }: DeliveryDraft,
  request: InboxRequest,
): Decision {
  const ignored = (reason: string, installationId: string | null): Decision => ({
    verdict: { status: "ignored", reason },
    installationId,
    accepted: null,
  });
  if (request.kind === "ignored") return ignored(request.reason, null);
  const installation = ensureInstallation(state, provider, request.tenant);
  if (request.kind === "installation") {
    changeInstallation(state, installation, request.change);
    return ignored("installation_updated", installation.id);
  }
  if (request.kind === "withdrawal") {
    withdraw(state, endpoint, request.dedupeKey);
    return ignored("withdrawn", installation.id);
  }
  if (installation.status !== "active") return ignored(`installation_${installation.status}`, installation.id);
  const thread = ensureThread(state, installation.id, request.draft.threadAliases);
  const newest = [...thread.open].at(-1);
  const isCollapsed = newest !== undefined && request.draft.whenThreadBusy === "collapse";
  const record = isCollapsed ? newest : acceptTask(state, thread, request.draft, traceparent);
  return {
    verdict: { status: isCollapsed ? "duplicate" : "accepted", taskId: record.task.id },
    installationId: installation.id,
    accepted: isCollapsed ? null : record,
  };
}

/** The inbox in memory. */
export function memoryInbox(state: MemoryState): Inbox {
  return {
    async record(draft, request) {
      const repetition = recordAgain(state, draft);
      if (repetition) return repetition;
      const { verdict, installationId, accepted } = decide(state, draft, request);
      // Whoever asks for what was taken back before finds its key taken.
      const isEarly =
        request.kind === "withdrawal" && !state.deliveriesBySemanticKey.has(keyOf(draft.endpoint, request.dedupeKey));
      const key = isEarly ? { dedupeKey: request.dedupeKey } : {};
      const { delivery, reused } = insertDelivery(state, { ...draft, ...key }, { verdict, installationId });
      const { id: deliveryId, receivedAt } = delivery;
      if (accepted) {
        const entry = queueEntry(accepted, receivedAt.getTime());
        return { status: "accepted", deliveryId, taskId: accepted.task.id, entry, ...reused };
      }
      if (verdict.status === "ignored") return { ...verdict, deliveryId, ...reused };
      return { status: "duplicate", deliveryId, taskId: verdict.taskId };
    },

    async find(deliveryId) {
      const record = state.deliveries.get(deliveryId);
      return record ? copyDelivery(record.delivery) : null;
    },

    async search(search) {
      const { provider, status, externalId } = search;
      const page = pageNewestFirst([...state.deliveries.values()], search, ({ delivery }) => {
        return (
          (provider === undefined || delivery.provider === provider) &&
          (status === undefined || delivery.verdict.status === status) &&
          (externalId === undefined || delivery.externalId === externalId)
        );
      });
      return { ...page, items: page.items.map(({ delivery }) => summarise(delivery)) };
    },

    async prune(retention) {
      return pruneDeliveries(state, retention);
    },
  };
}
