import type { Origin } from "../task/origin.js";

/** A status message at the provider. */
export interface StatusMessage {
  /** The provider's id of it. */
  readonly id: string;
  readonly url: string;
}

/** What is asked of a {@link Conversation} about one task. */
export interface StatusMessageRequest {
  readonly origin: Origin;
  /** The text that marks the message as the task's own; it is part of every body. */
  readonly marker: string;
  readonly signal: AbortSignal;
}

/** The talking side of a provider: one status message a task, edited as the task moves. */
export interface Conversation {
  /** Shows that the request was seen, by a reaction to it. Repeating is harmless. */
  acknowledge(origin: Origin, signal: AbortSignal): Promise<void>;
  /** The messages that carry the marker and were written by us, oldest first. */
  findStatus(request: StatusMessageRequest): Promise<readonly StatusMessage[]>;
  postStatus(request: StatusMessageRequest & { readonly body: string }): Promise<StatusMessage>;
  updateStatus(request: StatusMessageRequest & { readonly body: string; readonly id: string }): Promise<void>;
  /** Removes a duplicate of our own. */
  removeStatus(request: StatusMessageRequest & { readonly id: string }): Promise<void>;
}
