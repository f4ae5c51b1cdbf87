import type { IncomingBody } from "../http/incoming-request.js";
import type { BodyLimits, BodyResult } from "../http/read-body.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import type { RawBody } from "./raw-body.js";

/** The body of a Node request, read without a web stream between. `onFirstRead` is called before anything is read. */
export function incomingBody(
  incoming: NodeIncomingMessageLike,
  rawBody: RawBody,
  declaredLength: string | null,
  onFirstRead: () => void,
): IncomingBody {
  return {
    // A body that is gone was answered by the handler, with RAW_BODY_CONSUMED.
    isUsed: false,
    async read(limits) {
      if (declaredLength !== null && Number(declaredLength) > limits.maxBytes) return { status: "too-large" };
      if (rawBody.kind === "none") return { status: "read", body: new Uint8Array() };
      if (rawBody.kind !== "kept") return await collect(incoming, limits, onFirstRead);
      const { bytes } = rawBody;
      return bytes.byteLength > limits.maxBytes ? { status: "too-large" } : { status: "read", body: bytes };
    },
  };
}

/** Leaves what it does not want unread. */
function collect(
  incoming: NodeIncomingMessageLike,
  { maxBytes, timeoutMs }: BodyLimits,
  onFirstRead: () => void,
): Promise<BodyResult> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (result: BodyResult): void => {
      clearTimeout(timer);
      incoming.off("data", onData);
      incoming.off("end", onEnd);
      for (const event of ["close", "error"]) incoming.off(event, onGone);
      incoming.pause();
      resolve(result);
    };
    const onData = (chunk?: unknown): void => {
      if (chunk instanceof Uint8Array) {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size > maxBytes) finish({ status: "too-large" });
      } else {
        // Text means that the raw bytes are gone.
        finish({ status: "broken" });
      }
    };
    const onEnd = (): void => finish({ status: "read", body: Buffer.concat(chunks, size) });
    const onGone = (): void => finish({ status: "broken" });
    const timer = setTimeout(() => finish({ status: "timed-out" }), timeoutMs);
    if (incoming.destroyed) return onGone();
    incoming.on("data", onData);
    incoming.on("end", onEnd);
    for (const event of ["close", "error"]) incoming.on(event, onGone);
    onFirstRead();
    incoming.resume();
  });
}
