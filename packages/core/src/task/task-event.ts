import { z } from "zod";
import type { JsonObject } from "./json.js";

/** What kinds of line a task's transcript has. */
export const taskEventTypeSchema = z.enum([
  "task:begun",
  "task:settled",
  "task:reopened",
  "stage:started",
  "stage:finished",
  "agent:started",
  "agent:message",
  "agent:tool-called",
  "agent:tool-returned",
  "agent:retrying",
  "agent:finished",
  "transcript:truncated",
]);

/** One of the kinds of line a transcript has. */
export type TaskEventType = z.infer<typeof taskEventTypeSchema>;

/** The lines that tell how a task got on, without what its agent said: few, however long a transcript is. */
export const stepEventTypes = ["task:begun", "stage:started", "stage:finished"] as const satisfies TaskEventType[];

/** A line of a transcript before it is stored. */
export interface TaskEventDraft {
  readonly type: TaskEventType;
  readonly at: Date;
  /** The event's facts: redacted and bounded before they get here. */
  readonly data: JsonObject;
}

/** A stored line: `seq` counts from 1 within its task, without gaps. */
export interface TaskEvent extends TaskEventDraft {
  readonly seq: number;
}
