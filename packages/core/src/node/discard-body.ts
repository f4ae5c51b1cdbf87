import type { NodeIncomingMessageLike } from "./node-types.js";

/** Maximum size of an unwanted body that is read, in bytes, and maximum time, in milliseconds. */
export interface DiscardLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * Reads and discards the rest of a body, so that its client gets to read the response: closing a socket with unread data
 * resets it, and a reset can overtake the response (RFC 9112 §9.6).
 */
export async function discardBody(incoming: NodeIncomingMessageLike, limits: DiscardLimits): Promise<void> {
  if (incoming.destroyed || incoming.readableEnded) return;
  await new Promise<void>((resolve) => {
    let bytesLeft = limits.maxBytes;
    const finish = (): void => {
      clearTimeout(timer);
      incoming.off("data", onData);
      for (const event of ["end", "close", "error"]) incoming.off(event, finish);
      incoming.pause();
      resolve();
    };
    const onData = (chunk?: unknown): void => {
      bytesLeft -= chunk instanceof Uint8Array ? chunk.byteLength : 0;
      if (bytesLeft < 0) finish();
    };
    const timer = setTimeout(finish, limits.timeoutMs);
    incoming.on("data", onData);
    for (const event of ["end", "close", "error"]) incoming.on(event, finish);
    incoming.resume();
  });
}
