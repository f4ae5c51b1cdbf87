/** What {@link toNodeHandler} needs of a request: `http.IncomingMessage`, Express's `req` and Fastify's `request.raw` all fit. */
export interface NodeIncomingMessageLike {
  readonly method?: string | undefined;
  /** The request target. Express removes the path a router is mounted on, which is what mounting is for. */
  readonly url?: string | undefined;
  /** Names and values in turns, as they came over the wire. */
  readonly rawHeaders: readonly string[];
  readonly socket: { readonly remoteAddress?: string | undefined } | null;
  /** True once the whole message arrived, read or not. */
  readonly complete: boolean;
  readonly destroyed: boolean;
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  /** What a body parser made of the body, if one ran. */
  readonly body?: unknown;
  /** The bytes a body parser kept (`Buffer` or `string`), if it was told to. */
  readonly rawBody?: unknown;
  on(event: string, listener: (value?: unknown) => void): unknown;
  off(event: string, listener: (value?: unknown) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}
