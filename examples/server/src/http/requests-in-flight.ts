import type { Server, ServerResponse } from "node:http";
import { sleep } from "@agentbot/core/adapter";

/** The requests a server is answering. */
export interface RequestsInFlight {
  /** Resolves when there is none, and after `graceMs` in any case. The server goes on listening meanwhile. */
  ended(graceMs: number): Promise<void>;
}

/** Counts the requests of a server, from their last header to the end of their answer. */
export function countRequests(server: Server): RequestsInFlight {
  let count = 0;
  let onNone = (): void => {};
  const begin = (_: unknown, response: ServerResponse): void => {
    count += 1;
    response.once("close", () => {
      count -= 1;
      if (count === 0) onNone();
    });
  };
  server.on("request", begin);
  server.on("checkContinue", begin);
  return {
    async ended(graceMs) {
      if (count === 0) return;
      const none = new AbortController();
      onNone = () => none.abort();
      await sleep(graceMs, none.signal);
    },
  };
}
