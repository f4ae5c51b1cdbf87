import type { CommandName } from "../task/command.js";
import type { Delivery, DeliveryDraft, DeliverySummary } from "../task/delivery.js";
import type { InstallationChange, TenantClaim } from "../task/interpretation.js";
import type { Page, PageRequest } from "../task/page.js";
import type { TaskDraft } from "../task/task-draft.js";
import type { QueueEntry } from "./task-queue.js";

/** The request of a delivery. */
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
   * Withdraws the request of the delivery with this dedupe key: its task is cancelled with the reason `withdrawn` if it
   * never began, and a request that comes later is ignored.
   */
  | { readonly kind: "withdrawal"; readonly tenant: TenantClaim; readonly dedupeKey: string }
  /**
   * Takes back what was requested in a conversation that is gone: its waiting tasks are cancelled with the reason
   * `conversation_gone`, and the stop of running ones is requested.
   */
  | { readonly kind: "closure"; readonly tenant: TenantClaim; readonly conversation: string }
  | { readonly kind: "installation"; readonly tenant: TenantClaim; readonly change: InstallationChange }
  | { readonly kind: "ignored"; readonly reason: string };

/** Set if the endpoint had the delivery's external id already, with another body: ids are not signed. */
export interface ReusedId {
  /** True if the id came with another body before. */
  readonly isExternalIdReused?: true;
}

/** The result of recording a delivery. */
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
  /** The provider's name. */
  readonly provider?: string;
  /** The verdict. */
  readonly status?: "accepted" | "duplicate" | "ignored";
  /** The provider's id of the delivery. */
  readonly externalId?: string;
}

/** The ages past which {@link Inbox.prune} deletes, in milliseconds. */
export interface InboxRetention {
  /** The age of bodies. */
  readonly bodiesOlderThanMs: number;
  /** The age of whole deliveries. */
  readonly deliveriesOlderThanMs: number;
  /** Maximum number of bodies, and of deliveries, in one call, so that it blocks no other statement for long. */
  readonly limit: number;
}

/** Numbers of what {@link Inbox.prune} deleted. */
export interface PrunedDeliveries {
  /** Deliveries that lost their body. */
  readonly bodies: number;
  /** Deliveries that are gone. */
  readonly deliveries: number;
}

/**
 * Every verified delivery and its verdict. A 2xx answer follows `record`, never precedes it.
 *
 * The same endpoint and body is the same delivery, and is counted. The same endpoint and dedupe key is the same request: in
 * another body it requests nothing new, but is a delivery of its own, so that a search by its id finds its verdict. Methods throw AgentBotError `STORE_UNAVAILABLE` when the store cannot be reached.
 */
export interface Inbox {
  /**
   * Records a delivery and its request in one transaction: the installation (created if unknown), the thread, the task or
   * command. A suspended or deleted installation, and a busy thread that collapses, get their verdict here.
   *
   * A body that is known at the endpoint only raises `seenCount`, and returns the verdict of the first. A new body with a
   * known dedupe key is stored without the key, which stays with the first: as a `duplicate` with the first one's task, or,
   * if the first was ignored, ignored again with the first reason. A long `externalId` is cut, here and in a search.
   *
   * @throws AgentBotError `REQUEST_INVALID` naming what cannot be stored: names (tenant, aliases, dedupe key, ids, login,
   * path) of more than 800 bytes, a fraction in place of an integer, an invalid date, an origin that is not the delivery's provider
   * and tenant. A gateway records such a delivery as ignored
   */
  record(delivery: DeliveryDraft, request: InboxRequest): Promise<RecordResult>;
  /** One delivery by our id, or null. */
  find(deliveryId: string): Promise<Delivery | null>;
  /** Newest first, without the bodies. */
  search(search: DeliverySearch): Promise<Page<DeliverySummary>>;
  /**
   * Deletes bodies and whole deliveries past their retention, a bounded number at once; more may be left if either count is
   * `limit`. Safe if several processes call it at once: each deletes other rows.
   */
  prune(retention: InboxRetention): Promise<PrunedDeliveries>;
}
