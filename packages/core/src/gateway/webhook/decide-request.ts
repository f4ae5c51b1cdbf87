import type { InboxRequest } from "../../ports/inbox.js";
import type { Interpretation } from "../../task/interpretation.js";

/** A signed event older than this is a replay or a long-lost redelivery, in milliseconds (7 days). */
const staleAfterMs = 7 * 24 * 60 * 60 * 1000;

/** What the inbox is asked to do about an event, with the key that makes two events the same request. */
export interface Decision {
  readonly request: InboxRequest;
  readonly dedupeKey: string | null;
}

/** Turns what an event means into what is done about it now. */
export function decideRequest(interpretation: Exclude<Interpretation, { kind: "handshake" }>, now: Date): Decision {
  switch (interpretation.kind) {
    case "ignored":
      return { request: { kind: "ignored", reason: interpretation.reason }, dedupeKey: null };
    case "installation":
    case "withdrawal":
      return { request: interpretation, dedupeKey: null };
    case "command":
      // Without a command lane a command is refused by name, never mistaken for work.
      return { request: { kind: "ignored", reason: "command_unsupported" }, dedupeKey: null };
    case "task": {
      const { tenant, draft, dedupeKey, occurredAt } = interpretation;
      if (now.getTime() - occurredAt.getTime() > staleAfterMs) {
        return { request: { kind: "ignored", reason: "stale" }, dedupeKey: null };
      }
      return { request: { kind: "task", tenant, draft }, dedupeKey };
    }
  }
}
