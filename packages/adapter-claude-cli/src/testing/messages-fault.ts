import { AgentBotError } from "@agentbot/core";

/** A failure of the next requests. */
export type MessagesFault = {
  /** Number of requests that fail; `Infinity` for all. @defaultValue 1 */
  readonly times?: number;
} & (
  | {
      /** An error answer of this status. */
      readonly status: number;
      /** @defaultValue the API's own message for the status */
      readonly message?: string;
      /** Such as `retry-after`. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is cut: before the answer begins, or in the middle of an event of its stream. */
  | { readonly cut: "before-answer" | "mid-stream" }
  /** The answer never begins, or stops in the middle; the connection stays open until the client or the API ends it. */
  | { readonly hang: "before-answer" | "mid-stream" }
);

/** The faults that still wait for a request. */
export interface MessagesFaults {
  add(fault: MessagesFault): void;
  /** Takes the fault of the next request; null if the request succeeds. */
  take(): MessagesFault | null;
  clear(): void;
}

/** A list of no faults. */
export function createMessagesFaults(): MessagesFaults {
  let waiting: { readonly fault: MessagesFault; left: number }[] = [];
  return {
    add(fault) {
      const left = fault.times ?? 1;
      if (!(left >= 1)) {
        throw new AgentBotError("CONFIGURATION_INVALID", "A fault fails at least one request; set times to 1 or more");
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

/** An error of the API. */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** The types and messages by status (platform.claude.com/docs/en/api/errors). */
const knownErrors: Readonly<Record<number, Omit<ApiError, "status">>> = {
  400: { type: "invalid_request_error", message: "The request is not valid." },
  401: { type: "authentication_error", message: "invalid x-api-key" },
  403: { type: "permission_error", message: "Your API key does not have permission to use this resource." },
  404: { type: "not_found_error", message: "Not found" },
  405: { type: "invalid_request_error", message: "Method Not Allowed" },
  413: { type: "request_too_large", message: "Request exceeds the maximum size" },
  429: { type: "rate_limit_error", message: "This request would exceed your account's rate limit." },
  500: { type: "api_error", message: "Internal server error" },
  529: { type: "overloaded_error", message: "Overloaded" },
};

/** Returns the API's error of a status, with its own message or this one. */
export function apiErrorOf(status: number, message?: string): ApiError {
  const known = knownErrors[status] ?? { type: "api_error", message: `Error ${status}` };
  return { status, type: known.type, message: message ?? known.message };
}

/** Returns the body of an error's answer. */
export function errorBody({ type, message }: ApiError, requestId: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: requestId });
}
