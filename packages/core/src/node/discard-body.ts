import type { NodeIncomingMessageLike } from "./node-types.js";
import type { BodyPieces } from "./request-body.js";

/** Maximum size of an unwanted body that is read, in bytes, and maximum time, in milliseconds. */
export interface DiscardLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** How long the connection of a fragmented body stays open unread, in milliseconds: its client can read, and cannot return. */
const fragmentedMs = 1000;

/**
 * Reads and discards the rest of a body, so that its client gets to read the response: closing a socket with unread data
 * resets it, and a reset can overtake the response (RFC 9112 §9.6). A fragmented one is left in the network, since parsing
 * it would cost more than any webhook.
 */
export async function discardBody(
  incoming: NodeIncomingMessageLike,
  pieces: BodyPieces,
  { maxBytes, timeoutMs }: DiscardLimits,
): Promise<void> {
  if (incoming.destroyed || incoming.readableEnded) return;
  await new Promise<void>((resolve) => {
    let total = 0;
    const finish = (): void => {
      clearTimeout(timer);
      incoming.off("data", onData);
      for (const event of ["end", "close", "error"]) incoming.off(event, finish);
      incoming.pause();
      resolve();
    };
    const leave = (): void => {
      incoming.off("data", onData);
      incoming.pause();
      clearTimeout(timer);
      timer = setTimeout(finish, Math.min(fragmentedMs, timeoutMs));
    };
    const onData = (chunk?: unknown): void => {
      const bytes = chunk instanceof Uint8Array ? chunk.byteLength : 0;
      total += bytes;
      pieces.add(bytes);
      if (total > maxBytes) finish();
      else if (pieces.isFragmented) leave();
    };
    let timer = setTimeout(finish, timeoutMs);
    for (const event of ["end", "close", "error"]) incoming.on(event, finish);
    if (pieces.isFragmented) return leave();
    incoming.on("data", onData);
    incoming.resume();
  });
}
