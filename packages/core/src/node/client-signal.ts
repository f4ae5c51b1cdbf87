import type { NodeServerResponseLike } from "./node-types.js";

/** Tells whether a client has gone. Its signal is made when somebody asks for it: most answers need none. */
export interface ClientSignal {
  readonly signal: AbortSignal;
  /** From now on the end of the connection is the end of the answer, if that was written in full. */
  end(): void;
}

/** Watches the client of an answer. */
export function watchClient(outgoing: NodeServerResponseLike): ClientSignal {
  let controller: AbortController | null = null;
  let isEnded = false;
  let isGone = false;
  outgoing.on("close", () => {
    // HTTP/2 calls a stream that was cut finished.
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
