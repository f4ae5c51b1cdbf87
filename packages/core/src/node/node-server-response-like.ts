/**
 * What {@link toNodeHandler} needs of a response: `http.ServerResponse`, `http2.Http2ServerResponse`, Express's `res` and
 * Fastify's `reply.raw` all fit.
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
  /** False when the other side is slower than we are: wait for `drain`. */
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}
