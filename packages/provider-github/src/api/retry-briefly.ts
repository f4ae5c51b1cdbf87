import type { Clock } from "@agentbot/core";
import type { Fetch } from "./measured-fetch.js";

/** The pauses before a second and a third try, in milliseconds: few and short, since the worker's own come after them. */
const pausesMs = [200, 800];

/**
 * A `fetch` that tries again where GitHub could not be reached, or says that it cannot answer now. For requests that may
 * be repeated. Pauses go by a clock that is never set back: one that was would make them last for hours.
 */
export function retryBriefly(fetch: Fetch, clock: Clock): Fetch {
  return async (input, init) => {
    const signal = init?.signal ?? undefined;
    for (const pauseMs of pausesMs) {
      const response = await fetch(input, init).catch((error: unknown) => {
        signal?.throwIfAborted();
        return error instanceof Error ? null : Promise.reject(error);
      });
      if (response && response.status < 500 && response.status !== 408) return response;
      await response?.body?.cancel();
      await clock.sleep(pauseMs, signal);
      signal?.throwIfAborted();
    }
    return await fetch(input, init);
  };
}
