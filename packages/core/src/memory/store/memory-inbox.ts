import { checkNumbers } from "../../inbox/check-numbers.js";
import { checkRequest } from "../../inbox/check-request.js";
import type { Inbox, InboxRequest, RecordResult } from "../../ports/inbox.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import type { Delivery, DeliveryDraft, DeliverySummary } from "../../task/delivery.js";
import { isPassed } from "../../task/queued-task.js";
import { cutToName } from "../../text/cap-text.js";
import { acceptCommand, acceptTask, commandEntry } from "./accept-request.js";
import { changeInstallation } from "./change-installation.js";
import { copyDelivery, type DeliveryDecision, insertDelivery, pruneDeliveries } from "./deliveries.js";
import { ensureInstallation } from "./memory-installation-store.js";
import { ensureThread, findThread } from "./memory-thread-store.js";
import { pageNewestFirst } from "./pages.js";
import { keyOf, type Tables } from "./tables.js";
import { cancelTask, taskEntry } from "./task-record.js";

const toSummary = ({ body: _, ...summary }: Delivery): DeliverySummary => structuredClone(summary);

/** The decision about a delivery, and the queue entry of the task or command that it requested. */
interface Decision extends DeliveryDecision {
  readonly entry: QueueEntry | null;
}

/** Ends the task that this request created, if it never began. */
function withdraw(tables: Tables, endpoint: string, dedupeKey: string): void {
  const request = tables.deliveriesByDedupeKey.get(keyOf(endpoint, dedupeKey));
  if (request?.delivery.verdict.status !== "accepted" || request.commandId !== null) return;
  const record = tables.tasks.get(request.delivery.verdict.taskId ?? "");
  if (record?.task.status === "queued" && record.task.fence === 0) cancelTask(tables, record, "withdrawn");
}

/** Ends the tasks that were requested in a conversation, or requests their stop. */
function closeConversation(tables: Tables, installationId: string, conversation: string): void {
  for (const record of tables.open) {
    const { task } = record;
    const isThere = task.installationId === installationId && task.origin.conversation === conversation;
    if (isThere) cancelTask(tables, record, "conversation_gone");
  }
}

/** Carries out the request of a delivery. */
function decide(tables: Tables, { provider, endpoint, traceparent }: DeliveryDraft, request: InboxRequest): Decision {
  const ignored = (reason: string, installationId: string | null): Decision => ({
    verdict: { status: "ignored", reason },
    installationId,
    commandId: null,
    entry: null,
  });
  if (request.kind === "ignored") return ignored(request.reason, null);
  const { id: installationId, status, ...installation } = ensureInstallation(tables, provider, request.tenant);
  if (request.kind === "installation") {
    changeInstallation(tables, { id: installationId, status, ...installation }, request.change);
    return ignored("installation_updated", installationId);
  }
  if (request.kind === "withdrawal") {
    withdraw(tables, endpoint, request.dedupeKey);
    return ignored("withdrawn", installationId);
  }
  if (request.kind === "closure") {
    closeConversation(tables, installationId, request.conversation);
    return ignored("conversation_gone", installationId);
  }
  if (status !== "active") return ignored(`installation_${status}`, installationId);

  const { draft } = request;
  const source = { installationId, traceparent };
  const aliases = draft.threadAliases.map((alias) => ({
    provider: draft.origin.provider,
    tenant: draft.origin.tenant,
    alias,
  }));
  if (request.kind === "command") {
    const thread = findThread(tables, aliases);
    const command = acceptCommand(tables, thread, request.command, draft, source);
    const verdict = { status: "accepted", taskId: thread?.newest?.task.id ?? null } as const;
    return { verdict, installationId, commandId: command.id, entry: commandEntry(command) };
  }
  const thread = ensureThread(tables, installationId, aliases);
  const now = tables.clock.now();
  const newest = [...thread.open].findLast(({ task }) => !isPassed(task, now));
  if (newest && draft.whenThreadBusy === "collapse") {
    const verdict = { status: "duplicate", taskId: newest.task.id } as const;
    return { verdict, installationId, commandId: null, entry: null };
  }
  const record = acceptTask(tables, thread, draft, source);
  const verdict = { status: "accepted", taskId: record.task.id } as const;
  return { verdict, installationId, commandId: null, entry: taskEntry(record, now.getTime()) };
}

/**
 * Records a known delivery, with the result of the first one: the same bytes are counted, other bytes under a known dedupe
 * key are stored beside the first, which keeps the key. Returns null for a new one.
 */
function recordAgain(tables: Tables, draft: DeliveryDraft): RecordResult | null {
  const { endpoint, bodySha256, dedupeKey } = draft;
  const same = tables.deliveriesByBody.get(keyOf(endpoint, bodySha256));
  if (same) {
    same.delivery = { ...same.delivery, seenCount: same.delivery.seenCount + 1 };
    return toRepetition(same.delivery);
  }
  if (dedupeKey === null) return null;
  const first = tables.deliveriesByDedupeKey.get(keyOf(endpoint, dedupeKey))?.delivery;
  if (!first) return null;
  const { installationId, verdict: known } = first;
  const verdict = known.status === "ignored" ? known : ({ status: "duplicate", taskId: known.taskId } as const);
  const decision = { verdict, installationId, commandId: null };
  const { delivery, reused } = insertDelivery(tables, { ...draft, dedupeKey: null }, decision);
  const result = toRepetition(delivery);
  return result.status === "ignored" ? { ...result, ...reused } : result;
}

function toRepetition({ id: deliveryId, verdict }: Delivery): RecordResult {
  if (verdict.status === "ignored") return { ...verdict, deliveryId };
  return { status: "duplicate", deliveryId, taskId: verdict.taskId };
}

/** The inbox in memory. */
export function memoryInbox(tables: Tables): Inbox {
  return {
    async record(given, request) {
      checkRequest(given, request);
      const draft = { ...given, externalId: given.externalId && cutToName(given.externalId) };
      const repetition = recordAgain(tables, draft);
      if (repetition) return repetition;
      const { entry, ...decision } = decide(tables, draft, request);
      // A withdrawal that comes before its request takes the request's key, so that the request is ignored.
      const isEarly =
        request.kind === "withdrawal" && !tables.deliveriesByDedupeKey.has(keyOf(draft.endpoint, request.dedupeKey));
      const key = isEarly ? { dedupeKey: request.dedupeKey } : {};
      const { delivery, reused } = insertDelivery(tables, { ...draft, ...key }, decision);
      const { id: deliveryId, verdict } = delivery;
      if (verdict.status === "ignored") return { ...verdict, deliveryId, ...reused };
      if (entry === null) return { status: "duplicate", deliveryId, taskId: verdict.taskId };
      return { status: "accepted", deliveryId, taskId: verdict.taskId, entry, ...reused };
    },

    async find(deliveryId) {
      const record = tables.deliveries.get(deliveryId);
      return record ? copyDelivery(record.delivery) : null;
    },

    async search(search) {
      const { provider, status } = search;
      const externalId = search.externalId && cutToName(search.externalId);
      const page = pageNewestFirst([...tables.deliveries.values()], search, ({ delivery }) => {
        return (
          (provider === undefined || delivery.provider === provider) &&
          (status === undefined || delivery.verdict.status === status) &&
          (externalId === undefined || delivery.externalId === externalId)
        );
      });
      return { ...page, items: page.items.map(({ delivery }) => toSummary(delivery)) };
    },

    async prune(retention) {
      checkNumbers(retention);
      return pruneDeliveries(tables, retention);
    },
  };
}
