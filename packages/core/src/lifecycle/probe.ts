import { withDeadline } from "./deadline.js";

/** Result of {@link probe}. */
export interface Probed<Value> {
  /** The answer, or null if it failed or came too late. */
  readonly value: Value | null;
  readonly latencyMs: number;
}

/** Calls a dependency and waits at most `timeoutMs` for its answer; the signal aborts then. Never throws. */
export async function probe<Value>(
  call: (options: { readonly signal: AbortSignal }) => Promise<Value>,
  timeoutMs: number,
): Promise<Probed<Value>> {
  const startedAtMs = performance.now();
  const late = new AbortController();
  const expire = (): Error => {
    late.abort();
    return new Error("No answer in time");
  };
  let value: Value | null;
  try {
    value = await withDeadline(call({ signal: late.signal }), timeoutMs, expire);
  } catch {
    value = null;
  }
  return { value, latencyMs: Math.round((performance.now() - startedAtMs) * 10) / 10 };
}
