import type { Installation, Interpretation } from "@agentbot/core";
import type { BotIdentity } from "./actors.js";

/** One kind of event: the form of its body, and what it means. */
export interface GitHubEvent {
  /** Keys that every body of this event has. The header that names the event is not signed, so the body has to fit it. */
  readonly has: readonly string[];
  /** Keys that only bodies of other events have. */
  readonly lacks: readonly string[];
  /** Pure. */
  readonly interpret: (payload: unknown, installation: Installation | null, bot: BotIdentity) => Interpretation;
}

/** An event that is understood and not acted on. */
export function ignored(reason: string): Interpretation {
  return { kind: "ignored", reason };
}

/** Returns true if a decoded body has the form of the event that the header names. */
export function fitsEvent({ has, lacks }: GitHubEvent, payload: unknown): boolean {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return false;
  return has.every((key) => Object.hasOwn(payload, key)) && !lacks.some((key) => Object.hasOwn(payload, key));
}
