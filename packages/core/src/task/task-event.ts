import { z } from "zod";
import type { JsonObject } from "./json.js";

/** One of the kinds of event in a transcript. */
export type TaskEventType =
  | "task:begun"
  | "task:settled"
  | "task:reopened"
  | "stage:started"
  | "stage:finished"
  | "agent:started"
  | "agent:message"
  | "agent:tool-called"
  | "agent:tool-returned"
  | "agent:retrying"
  | "agent:finished"
  | "transcript:truncated";

/** The schema of {@link TaskEventType}. */
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
]) satisfies z.ZodType<TaskEventType>;

/** The events of the bot itself, without those of its agent: few, however long a transcript is. */
export const stepEventTypes = ["task:begun", "stage:started", "stage:finished"] as const satisfies TaskEventType[];

/** An event of a transcript before it is stored. */
export interface TaskEventDraft {
  /** The kind of event. */
  readonly type: TaskEventType;
  /** When it happened. */
  readonly at: Date;
  /** The event's facts, redacted and bounded. */
  readonly data: JsonObject;
}

/** A stored event: `seq` counts from 1 within its task, without gaps. */
export interface TaskEvent extends TaskEventDraft {
  /** Its place in the transcript, from 1. */
  readonly seq: number;
}
