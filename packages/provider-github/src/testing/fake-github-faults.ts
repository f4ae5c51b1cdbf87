import { AgentBotError } from "@agentbot/core";

/** A fault of the next request that matches. */
export interface FakeGitHubFault {
  /** @defaultValue any */
  readonly method?: string;
  /** Tested against the path without the API's prefix. @defaultValue any */
  readonly path?: RegExp;
  /** `after` performs the request and then loses or replaces the answer. @defaultValue "before" */
  readonly when?: "before" | "after";
  /** The answer; absent, the connection is cut. */
  readonly status?: number;
  /** Headers of the answer. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the answer, as JSON. @defaultValue an error of the status */
  readonly body?: unknown;
  /** Waits first, in milliseconds. @defaultValue 0 */
  readonly delayMs?: number;
  /** How many requests it hits. @defaultValue 1 */
  readonly times?: number;
}

/** Faults that have not met their request yet. */
export interface FakeGitHubFaults {
  /** Makes the next matching requests fail. */
  add(fault: FakeGitHubFault): void;
  /** Returns the fault of this request and counts it; null for a request without one. */
  take(method: string, path: string): FakeGitHubFault | null;
  clear(): void;
}

/** {@link FakeGitHubFaults} without any fault. */
export function createFakeGitHubFaults(): FakeGitHubFaults {
  const waiting: { readonly fault: FakeGitHubFault; left: number }[] = [];
  return {
    add(fault) {
      if (fault.times !== undefined && fault.times < 1) {
        throw new AgentBotError("CONFIGURATION_INVALID", "A fault hits at least one request; set times to 1 or more");
      }
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(method, path) {
      const index = waiting.findIndex(
        ({ fault }) => (fault.method ?? method) === method && (fault.path?.test(path) ?? true),
      );
      const hit = waiting[index];
      if (!hit) return null;
      hit.left -= 1;
      if (hit.left === 0) waiting.splice(index, 1);
      return hit.fault;
    },
    clear() {
      waiting.length = 0;
    },
  };
}
