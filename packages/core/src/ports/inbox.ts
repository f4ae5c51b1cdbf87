import type { CommandName } from "../task/command.js";
import type { Delivery, DeliveryDraft, DeliverySummary } from "../task/delivery.js";
import type { InstallationChange, TenantClaim } from "../task/interpretation.js";
import type { Page, PageRequest } from "../task/page.js";
import type { TaskDraft } from "../task/task-draft.js";
import type { QueueEntry } from "./task-queue.js";

/** What is to be done about a delivery. */
export type InboxRequest =
  | { readonly kind: "task"; readonly tenant: TenantClaim; readonly draft: TaskDraft }
  /** The thread is the one the draft's aliases name, if it exists; a command never creates one. */
  | {
      readonly kind: "command";
      readonly tenant: TenantClaim;
      readonly command: CommandName;
      readonly draft: TaskDraft;
    }
  /**
   * Takes back what the delivery with this semantic key asked for: its task is cancelled with the reason `withdrawn` if it
   * never began, and where the request comes later, it is ignored.
   */
  | { readonly kind: "withdrawal"; readonly tenant: TenantClaim; readonly dedupeKey: string }
  | { readonly kind: "installation"; readonly tenant: TenantClaim; readonly change: InstallationChange }
  | { readonly kind: "ignored"; readonly reason: string };

/** Set where the endpoint knew the delivery's external id already, from another body: nobody signs ids. */
export interface ReusedId {
  readonly isExternalIdReused?: true;
}

/** What became of a delivery. */
export type RecordResult =
  | (ReusedId & {
      readonly status: "accepted";
      readonly deliveryId: string;
      /** The recorded task; for a command, the newest task of its thread, or null. */
      readonly taskId: string | null;
      /** The recorded task's or command's. */
      readonly entry: QueueEntry;
    })
  | { readonly status: "duplicate"; readonly deliveryId: string; readonly taskId: string | null }
  | (ReusedId & { readonly status: "ignored"; readonly deliveryId: string; readonly reason: string });

/** Which deliveries to list. */
export interface DeliverySearch extends PageRequest {
  readonly provider?: string;
  readonly status?: "accepted" | "duplicate" | "ignored";
  readonly externalId?: string;
}

/** What {@link Inbox.prune} removes, by age in milliseconds. */
export interface InboxRetention {
  readonly bodiesOlderThanMs: number;
  readonly deliveriesOlderThanMs: number;
  /** At most so many bodies and so many deliveries in one call, which locks nobody out for long. */
  readonly limit: number;
}

/** How much {@link Inbox.prune} removed. */
export interface PrunedDeliveries {
  readonly bodies: number;
  readonly deliveries: number;
}

/**
 * Every verified delivery and its verdict. A 2xx answer follows `record`, never precedes it.
 *
 * The same endpoint and body is the same delivery, and is counted. The same endpoint and semantic key is the same request:
 * told in another body it asks for nothing new, and is a delivery of its own all the same, so that whoever looks for it by
 * its id finds out what became of it. Methods throw AgentBotError `STORE_UNAVAILABLE` when the store cannot be reached.
 */
export interface Inbox {
  /**
   * Records a delivery and what it asks for in one transaction: the installation (created if unknown), the thread, the task.
   * A suspended or deleted installation, and a busy thread that collapses, get their verdict here.
   *
   * A body that is known at the endpoint only raises `seenCount`, and is answered by what became of it. A new body with a
   * known semantic key is stored without the key, which stays with the first: as a `duplicate` with the first one's task,
   * or, where the first was ignored, ignored again with the first reason.
   */
  record(delivery: DeliveryDraft, request: InboxRequest): Promise<RecordResult>;
  /** One delivery by our id, or null. */
  find(deliveryId: string): Promise<Delivery | null>;
  /** Newest first, without the bodies. */
  search(search: DeliverySearch): Promise<Page<DeliverySummary>>;
  /**
   * Forgets bodies and whole deliveries past their retention, a bounded number at once; there may be more while either
   * count is `limit`. Safe when several processes do it at once: each takes other rows.
   */
  prune(retention: InboxRetention): Promise<PrunedDeliveries>;
}
