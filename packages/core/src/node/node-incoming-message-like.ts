/**
 * What {@link toNodeHandler} needs of a request: `http.IncomingMessage`, `http2.Http2ServerRequest`, Express's `req` and
 * Fastify's `request.raw` all fit.
 */
export interface NodeIncomingMessageLike {
  readonly method?: string | undefined;
  /** The request target. Express takes the path a router is mounted on off it; Fastify leaves it (see `mountPath`). */
  readonly url?: string | undefined;
  /** What Express was asked for before it took anything off. */
  readonly originalUrl?: string | undefined;
  readonly httpVersionMajor?: number;
  readonly httpVersionMinor?: number;
  /** Of HTTP/2 only, where nothing else tells that there is no body. */
  readonly stream?: { readonly endAfterHeaders?: boolean };
  /** Names and values in turns, as they came over the wire. */
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined } | null;
  /** True once the whole message arrived, read or not. */
  readonly complete: boolean;
  readonly destroyed: boolean;
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  /** True while somebody reads; null before anybody has. */
  readonly readableFlowing?: boolean | null;
  /** Set where somebody asked for text instead of bytes. */
  readonly readableEncoding?: string | null;
  /** What a body parser made of the body, if one ran. */
  readonly body?: unknown;
  /** The bytes a body parser kept (`Buffer`, `Uint8Array` or `string`), if it was told to. */
  readonly rawBody?: unknown;
  on(event: string, listener: (value?: unknown) => void): unknown;
  off(event: string, listener: (value?: unknown) => void): unknown;
  listenerCount?(event: string): number;
  pause(): unknown;
  resume(): unknown;
}
