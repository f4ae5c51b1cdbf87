/** What {@link toNodeHandler} needs of a response: `http.ServerResponse`, Express's `res` and Fastify's `reply.raw` all fit. */
export interface NodeServerResponseLike {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableFinished: boolean;
  /** Names and values in turns, so that one name can occur more than once. */
  writeHead(status: number, headers: string[]): unknown;
  writeContinue(): void;
  flushHeaders(): void;
  /** False when the other side is slower than we are: wait for `drain`. */
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}
