import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import type { NodeServerResponseLike } from "./node-server-response-like.js";

/** What {@link answerClientErrors} needs of a server: `http.Server` and `https.Server` fit. */
export interface NodeServerLike {
  on(event: "clientError", listener: (error: Error, socket: NodeSocketLike) => void): unknown;
  on(
    event: "checkExpectation",
    listener: (incoming: NodeIncomingMessageLike, outgoing: NodeServerResponseLike) => void,
  ): unknown;
}

/** What {@link answerClientErrors} needs of a connection. */
export interface NodeSocketLike {
  readonly remoteAddress?: string | undefined;
  readonly writable: boolean;
  /** The answer under way, where Node itself looks before it writes an error; absent or null between answers. */
  readonly _httpMessage?: { readonly headersSent: boolean; readonly req: { readonly complete: boolean } } | null;
  on(event: "data" | "close", listener: () => void): unknown;
  removeAllListeners(event: "data"): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}
