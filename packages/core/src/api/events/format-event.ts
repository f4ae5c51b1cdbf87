import type { TaskEvent } from "../../task/task-event.js";

/** A transcript line as a message of an event stream: its seq is the id by which a viewer goes on. */
export function formatEvent({ seq, type, at, data }: TaskEvent): string {
  return `id: ${seq}\ndata: ${JSON.stringify({ seq, type, at: at.toISOString(), data })}\n\n`;
}
