import type { FollowedTask } from "./follow-task.js";

/** Options of {@link createEventStream}. */
export interface EventStreamOptions {
  /** Aborts when the viewer has disconnected, if the host reports it. */
  readonly signal: AbortSignal;
  /** Called once, when the stream is over for whatever reason. */
  readonly onEnd: () => void;
}

/** An event stream and the way to end it cleanly. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends it where it is; the viewer goes on with another one. Idempotent. */
  end(): void;
}

/**
 * A followed task as the body of an answer. Nothing is read before the host asks for it, so that a viewer that reads
 * slowly, or not at all, makes nothing pile up.
 */
export function createEventStream(followed: FollowedTask, { signal, onEnd }: EventStreamOptions): EventStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  const letGo = (): void => {
    controller = null;
    signal.removeEventListener("abort", end);
    followed.close();
    onEnd();
  };
  const end = (): void => {
    const open = controller;
    if (!open) return;
    letGo();
    open.close();
  };

  const body = new ReadableStream<Uint8Array>(
    {
      start(streamController) {
        controller = streamController;
        signal.addEventListener("abort", end, { once: true });
      },
      async pull() {
        const text = await followed.next();
        if (text === null) end();
        else controller?.enqueue(encoder.encode(text));
      },
      cancel() {
        if (controller) letGo();
      },
    },
    { highWaterMark: 0 },
  );
  if (signal.aborted) end();
  return { body, end };
}
