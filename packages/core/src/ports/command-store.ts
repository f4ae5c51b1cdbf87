import type { Command } from "../task/command.js";
import type { JsonObject } from "../task/json.js";

/**
 * The result of {@link CommandStore.requestStop}: it ended a task that had not begun, requested the stop of one that is
 * running or was begun, or changed nothing.
 */
export type StopResult = "cancelled" | "requested" | "final" | "unknown";

/** Commands that the inbox has recorded, and the stops they request. */
export interface CommandStore {
  /** A recorded command, or null. */
  find(commandId: string): Promise<Command | null>;
  /** Marks a command as answered. The first result stays. */
  finish(commandId: string, result: JsonObject): Promise<void>;
  /**
   * Ends a waiting task as `cancelled`, with a last event in its transcript, or requests the stop of a running one. A task
   * that waits for its next run but has effects already is due at once instead: a worker then updates its thread, or
   * publishes the rest of what is half published. The first request's time and reason stay.
   */
  requestStop(taskId: string, reason: string): Promise<StopResult>;
}
