import { AgentBotError } from "@agentbot/core";

/** What goes wrong with the next requests. */
export type MessagesFault = {
  /** How many requests it hits; `Infinity` for all. @defaultValue 1 */
  readonly times?: number;
} & (
  | {
      /** An error answer of this status. */
      readonly status: number;
      /** @defaultValue the API's own words for the status */
      readonly message?: string;
      /** Such as `retry-after`. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is cut: before the answer begins, or in the middle of an event of its stream. */
  | { readonly cut: "before-answer" | "mid-stream" }
  /** The answer never comes, or stops coming; the connection stays open until the client or the API ends it. */
  | { readonly hang: "before-answer" | "mid-stream" }
);

/** The faults that still wait for their request. */
export interface MessagesFaults {
  add(fault: MessagesFault): void;
  /** The fault for the next request, used up by one; null when it is to be served well. */
  take(): MessagesFault | null;
  clear(): void;
}

/** No faults yet. */
export function createMessagesFaults(): MessagesFaults {
  let waiting: { readonly fault: MessagesFault; left: number }[] = [];
  return {
    add(fault) {
      const left = fault.times ?? 1;
      if (!(left >= 1)) {
        throw new AgentBotError("CONFIGURATION_INVALID", "A fault hits at least one request; set times to 1 or more");
      }
      waiting.push({ fault, left });
    },
    take() {
      const [hit] = waiting;
      if (!hit) return null;
      hit.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return hit.fault;
    },
    clear() {
      waiting = [];
    },
  };
}
