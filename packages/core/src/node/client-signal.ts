import type { NodeServerResponseLike } from "./node-types.js";

/** Observes the end of a connection. The signal is created on first use: most responses need none. */
export interface ClientSignal {
  readonly signal: AbortSignal;
  /** From now on the end of the connection is the end of the response, if that was written in full. */
  end(): void;
}

/** Observes the client of a response. */
export function watchClient(outgoing: NodeServerResponseLike): ClientSignal {
  let controller: AbortController | null = null;
  let isEnded = false;
  let isGone = false;
  outgoing.on("close", () => {
    // HTTP/2 reports a stream that was cut as finished.
    if (isEnded && outgoing.writableFinished) return;
    isGone = true;
    controller?.abort();
  });
  return {
    get signal() {
      if (controller === null) {
        controller = new AbortController();
        if (isGone) controller.abort();
      }
      return controller.signal;
    },
    end() {
      isEnded = true;
    },
  };
}
