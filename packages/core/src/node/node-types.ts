/**
 * The part of a request that {@link toNodeHandler} reads: `http.IncomingMessage`, `http2.Http2ServerRequest`, Express's
 * `req` and Fastify's `request.raw` fit.
 */
export interface NodeIncomingMessageLike {
  readonly method?: string | undefined;
  /** The request target. Express removes the path that a router is mounted on; Fastify leaves it (see `mountPath` of the gateway). */
  readonly url?: string | undefined;
  /** Express only: the request target before anything was removed. */
  readonly originalUrl?: string | undefined;
  readonly httpVersionMajor?: number;
  readonly httpVersionMinor?: number;
  /** HTTP/2 only, where nothing else shows that there is no body. */
  readonly stream?: { readonly endAfterHeaders?: boolean };
  /** Names and values in turns, as they were received. */
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined; pause?(): unknown } | null;
  /** True once the whole message arrived, read or not. */
  readonly complete: boolean;
  readonly destroyed: boolean;
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  /** True while it is read; null before the first read. */
  readonly readableFlowing?: boolean | null;
  /** Set if text was requested instead of bytes. */
  readonly readableEncoding?: string | null;
  /** The result of a body parser, if one ran. */
  readonly body?: unknown;
  /** The bytes that a body parser kept (`Buffer`, `Uint8Array` or `string`), if it was configured to. */
  readonly rawBody?: unknown;
  on(event: string, listener: (value?: unknown) => void): unknown;
  off(event: string, listener: (value?: unknown) => void): unknown;
  listenerCount?(event: string): number;
  pause(): unknown;
  resume(): unknown;
}

/**
 * The part of a response that {@link toNodeHandler} uses: `http.ServerResponse`, `http2.Http2ServerResponse`, Express's
 * `res` and Fastify's `reply.raw` fit.
 */
export interface NodeServerResponseLike {
  readonly headersSent: boolean;
  /** Absent in HTTP/2. */
  readonly destroyed?: boolean;
  readonly writableFinished: boolean;
  /** A name that occurs more than once has a list of values. */
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  writeContinue(): void;
  flushHeaders?(): void;
  /** Returns false if the client reads more slowly than this side writes: wait for `drain`. */
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  end(text: string): unknown;
  destroy(): unknown;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

/** The part of a server that {@link answerClientErrors} uses: `http.Server` and `https.Server` fit. */
export interface NodeServerLike {
  on(event: "clientError", listener: (error: Error, socket: NodeSocketLike) => void): unknown;
  on(
    event: "checkExpectation",
    listener: (incoming: NodeIncomingMessageLike, outgoing: NodeServerResponseLike) => void,
  ): unknown;
}

/** The part of a connection that {@link answerClientErrors} uses. */
export interface NodeSocketLike {
  readonly remoteAddress?: string | undefined;
  readonly writable: boolean;
  /** The response in progress, which Node itself checks before it writes an error; absent or null between responses. */
  readonly _httpMessage?: { readonly headersSent: boolean; readonly req: { readonly complete: boolean } } | null;
  on(event: "data" | "close", listener: () => void): unknown;
  removeAllListeners(event: "data"): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}
