import type { IncomingRequest } from "../http/incoming-request.js";
import type { Logger } from "../ports/logger.js";
import type { Span } from "../ports/tracer.js";

/** What a route's handler gets beside the request. */
export interface RouteContext {
  readonly requestId: string;
  /** The W3C trace context of this request: of its span, or as the caller gave it where nothing is traced. */
  readonly traceparent: string | null;
  readonly span: Span;
  /** The client's address as the socket shows it, or null when the host did not say. */
  readonly remoteAddress: string | null;
  readonly logger: Logger;
  /** The parts of the path that the pattern captured, as they were sent; null for an optional part that is absent. */
  readonly parameters: readonly (string | null)[];
}

/** One line of the fixed route table. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Anchored at both ends. */
  readonly pattern: RegExp;
  /** The path as a pattern for people, which names the span of a request; probes have none and are not traced. */
  readonly template?: string;
  readonly handle: (request: IncomingRequest, context: RouteContext) => Promise<Response>;
}

/** What a path and method lead to. */
export type RouteMatch =
  | { readonly status: "found"; readonly route: Route; readonly parameters: readonly (string | null)[] }
  | { readonly status: "method-not-allowed"; readonly allow: string }
  | { readonly status: "not-found" };

/** Finds the route of a path; HEAD goes where GET goes. */
export function matchRoute(routes: readonly Route[], method: string, pathname: string): RouteMatch {
  const allowed = new Set<string>();
  for (const route of routes) {
    const match = route.pattern.exec(pathname);
    if (!match) continue;
    if (route.method === method || (route.method === "GET" && method === "HEAD")) {
      return { status: "found", route, parameters: match.slice(1).map((part) => part ?? null) };
    }
    allowed.add(route.method);
    if (route.method === "GET") allowed.add("HEAD");
  }
  return allowed.size > 0 ? { status: "method-not-allowed", allow: [...allowed].join(", ") } : { status: "not-found" };
}
