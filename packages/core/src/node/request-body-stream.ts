import type { NodeIncomingMessageLike } from "./node-types.js";

/** The body of a request as a web stream, and the way to let go of it. */
export interface RequestBodyStream {
  readonly stream: ReadableStream<Uint8Array>;
  /** Stops reading; a read that still waits fails. */
  release(): void;
}

/** Streams a request's body as it is asked for, one chunk at a time. Nothing is read before the first chunk is wanted. */
export function openRequestBodyStream(incoming: NodeIncomingMessageLike, onFirstRead: () => void): RequestBodyStream {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let isAttached = false;

  const onData = (chunk?: unknown): void => {
    incoming.pause();
    if (chunk instanceof Uint8Array) controller?.enqueue(chunk);
    else fail(new TypeError("The request was set to an encoding: its raw bytes are gone."));
  };
  const onEnd = (): void => {
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
