import type { IncomingRequest } from "../http/incoming-request.js";

/** What {@link toNodeHandler} serves: agentbot's gateway, or anything with the same web-standard `fetch`. */
export interface FetchHandler {
  fetch(request: Request, context?: HostContext): Promise<Response>;
  /** Called instead of `fetch` where it is there: no `Request` is made. Who wraps `fetch` leaves it out. */
  answer?(request: IncomingRequest, context?: HostContext): Promise<Response>;
}

/** What the bridge knows of a request beside the request. */
export interface HostContext {
  /** The client's address as the socket shows it. */
  readonly remoteAddress: string | null;
}
