import { FragmentedBodyError } from "../http/incoming-request.js";
import type { NodeIncomingMessageLike } from "./node-types.js";
import type { BodyReading } from "./request-body.js";

/** The body of a request as a web stream, and the way to let go of it. */
export interface RequestBodyStream {
  readonly stream: ReadableStream<Uint8Array>;
  /** Stops reading; a read that still waits fails. */
  release(): void;
}

/**
 * Streams a request's body as it is asked for. All chunks that arrived in one read of the socket are one piece, so that small
 * ones cost no turn each. Nothing is read before the first piece is wanted.
 */
export function openRequestBodyStream(
  incoming: NodeIncomingMessageLike,
  { pieces, onFirstRead }: BodyReading,
): RequestBodyStream {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let isAttached = false;

  let gathered: Uint8Array[] = [];

  const flush = (): void => {
    const [first] = gathered;
    if (first === undefined) return;
    const piece = gathered.length === 1 ? first : Buffer.concat(gathered);
    gathered = [];
    incoming.pause();
    controller?.enqueue(piece);
  };
  const onData = (chunk?: unknown): void => {
    pieces.add(chunk instanceof Uint8Array ? chunk.byteLength : 0);
    if (!(chunk instanceof Uint8Array)) {
      fail(new TypeError("The request was set to an encoding: its raw bytes are gone."));
    } else if (pieces.isFragmented) {
      fail(new FragmentedBodyError("The body came in pieces of a few bytes."));
    } else {
      // The parser hands over all chunks of a read in one turn.
      if (gathered.length === 0) process.nextTick(flush);
      gathered.push(chunk);
    }
  };
  const onEnd = (): void => {
    flush();
    detach();
    controller?.close();
    controller = null;
  };
  const onGone = (): void =>
    fail(new DOMException("The client disconnected before its body was complete.", "AbortError"));

  const attach = (): void => {
    isAttached = true;
    incoming.on("data", onData);
    incoming.on("end", onEnd);
    incoming.on("close", onGone);
    incoming.on("error", onGone);
    onFirstRead();
  };
  const detach = (): void => {
    if (!isAttached) return;
    incoming.off("data", onData);
    incoming.off("end", onEnd);
    incoming.off("close", onGone);
    incoming.off("error", onGone);
    incoming.pause();
  };
  const fail = (error: unknown): void => {
    detach();
    gathered = [];
    controller?.error(error);
    controller = null;
  };

  const source = {
    start(streamController: ReadableStreamDefaultController<Uint8Array>) {
      controller = streamController;
    },
    pull() {
      if (incoming.destroyed) return onGone();
      if (!isAttached) attach();
      incoming.resume();
    },
    cancel() {
      controller = null;
      detach();
    },
  };
  return {
    stream: new ReadableStream(source, { highWaterMark: 0 }),
    release() {
      if (controller !== null)
        fail(new DOMException("The request was answered before its body was read.", "AbortError"));
    },
  };
}
