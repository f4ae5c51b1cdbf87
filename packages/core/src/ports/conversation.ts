import type { CommandName } from "../task/command.js";
import type { Origin } from "../task/origin.js";
import type { TextSpan } from "../task/text-span.js";

/** One step of the work, in order. */
export interface StatusStep {
  /** A few words for people, such as `Working on it`. */
  readonly label: string;
  /** Whether it is behind, under way or ahead. */
  readonly state: "done" | "current" | "pending";
}

/** A link for people. */
export interface StatusLink {
  /** The visible text, without markup. */
  readonly label: string;
  /** The address it leads to. */
  readonly url: string;
}

/**
 * The content of a status message, without any markup of its own: each provider renders it in its own markup (Markdown,
 * mrkdwn, ADF), hides the task's mark in it, and cuts it to its own limit.
 */
export interface StatusView {
  /** `asking`: an answer of a person is needed before work can begin. */
  readonly state: "working" | "waiting" | "asking" | "succeeded" | "failed" | "cancelled";
  /** One plain sentence, without markup: a line in which no mention and no closing word is active. */
  readonly headline: string;
  /** Empty once the work has ended. */
  readonly steps: readonly StatusStep[];
  /**
   * Longer text as inert CommonMark: no mention, reference, image or HTML in it is active, and links lead to the code host
   * alone. Null if there is none. `toInertMarkdown` of `@agentbot/core/markdown` cuts it, and keeps it inert.
   */
  readonly summaryMarkdown: string | null;
  /** Links that belong to the headline, such as the pull request. */
  readonly links: readonly StatusLink[];
  /** Commands that are of use now, for providers with buttons. */
  readonly actions: readonly CommandName[];
}

/** A status message at the provider. */
export interface StatusMessage {
  /** The provider's id of it. */
  readonly id: string;
  /** Its web address. */
  readonly url: string;
}

/** Selects the status message of one task or command. */
export interface StatusMessageRequest {
  /** The conversation that the message is in. */
  readonly origin: Origin;
  /** The id of the task or command: the mark that is hidden in the message, by which it is found again. */
  readonly taskId: string;
}

/** Options of {@link Conversation.history}. */
export interface HistoryRequest {
  /** The conversation to read. */
  readonly origin: Origin;
  /** Only what was written before this moment. */
  readonly until: Date;
  /** Maximum length of all texts together, in UTF-16 units; the newest are kept. */
  readonly maxCharacters: number;
}

/** The messages of a conversation, oldest first. */
export interface ConversationHistory {
  /** The messages, each with its author. */
  readonly spans: readonly TextSpan[];
  /** Sources that could not be read, in words, such as `review comments`. */
  readonly unreadable: readonly string[];
}

/**
 * The talking side of a provider: one status message a task, edited as the task moves. Methods throw AgentBotError
 * `PROVIDER_REJECTED` for a final refusal and `PROVIDER_UNAVAILABLE` for one that may pass.
 */
export interface Conversation {
  /** Shows that the request was seen, e.g. by a reaction. Repeating is harmless. */
  acknowledge(origin: Origin, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Returns the messages that carry the task's mark and were written by this bot, oldest first. None of them was written
   * before `since` where it is given, so a provider that can list by time reads no more of a long conversation.
   */
  findStatus(
    request: StatusMessageRequest & { readonly since?: Date },
    options: { readonly signal: AbortSignal },
  ): Promise<readonly StatusMessage[]>;
  /** Writes the status comment of a task. */
  postStatus(
    request: StatusMessageRequest & { readonly view: StatusView },
    options: { readonly signal: AbortSignal },
  ): Promise<StatusMessage>;
  /** Replaces the text of a status comment. */
  updateStatus(
    request: StatusMessageRequest & { readonly view: StatusView; readonly id: string },
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /** Removes a duplicate of the bot's own; one that is gone already is success. */
  removeStatus(
    request: StatusMessageRequest & { readonly id: string },
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /** Reads the conversation, without the bot's own status messages. A source that cannot be read is named, not thrown. */
  history(request: HistoryRequest, options: { readonly signal: AbortSignal }): Promise<ConversationHistory>;
}
