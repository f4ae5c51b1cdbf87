import type { IncomingRequest } from "../http/incoming-request.js";
import type { OutgoingResponse } from "../http/outgoing-response.js";
import type { Logger } from "../ports/logger.js";
import type { Span } from "../ports/tracer.js";

/** The parts of a path that its template names in braces, as they were sent. */
export type RouteParameters = Readonly<Partial<Record<"provider" | "installationId" | "id", string>>>;

/** Facts about a request that the handler of its route gets. */
export interface RouteContext {
  readonly requestId: string;
  /** The W3C trace context of the request's span; the caller's where nothing is traced. */
  readonly traceparent: string | null;
  readonly span: Span;
  /** The client's address as the socket shows it, or null if the host did not pass it. */
  readonly remoteAddress: string | null;
  /** The client as limits count it: its address, or the network of it. */
  readonly client: string;
  readonly logger: Logger;
  readonly parameters: RouteParameters;
}

/** One line of the route table. */
export interface Route {
  readonly method: "GET" | "POST";
  /** The path, with parameters in braces: `/api/tasks/{id}`. */
  readonly path: string;
  /** True for routes with a span of their own; probes, which are called every few seconds, have none. */
  readonly isTraced?: boolean;
  readonly handle: (request: IncomingRequest, context: RouteContext) => Promise<OutgoingResponse>;
}

/** The route of a method and a path, or why there is none. */
export type RouteMatch =
  | { readonly status: "found"; readonly route: Route; readonly parameters: RouteParameters }
  | { readonly status: "method-not-allowed"; readonly allow: string }
  | { readonly status: "not-found" };

/** Finds the routes below a path by method and path; a HEAD request is served by the GET route. */
export function createRouter(
  mountPath: string,
  routes: readonly Route[],
): (method: string, path: string) => RouteMatch {
  const mounted = routes.map((route) => ({ ...route, path: mountPath + route.path }));
  const table = mounted.map((route) => ({ route, template: route.path.split("/") }));
  return (method, path) => {
    const parts = path.split("/");
    const allowed = new Set<string>();
    for (const { route, template } of table) {
      if (!fits(template, parts)) continue;
      if (route.method === method || (route.method === "GET" && method === "HEAD")) {
        return { status: "found", route, parameters: parametersOf(template, parts) };
      }
      allowed.add(route.method);
      if (route.method === "GET") allowed.add("HEAD");
    }
    return allowed.size > 0
      ? { status: "method-not-allowed", allow: [...allowed].join(", ") }
      : { status: "not-found" };
  };
}

function fits(template: readonly string[], parts: readonly string[]): boolean {
  return (
    template.length === parts.length &&
    template.every((name, index) => (name.startsWith("{") ? parts[index] !== "" : parts[index] === name))
  );
}

function parametersOf(template: readonly string[], parts: readonly string[]): RouteParameters {
  const parameters: Record<string, string> = {};
  for (const [index, name] of template.entries()) {
    if (name.startsWith("{")) parameters[name.slice(1, -1)] = parts[index] ?? "";
  }
  return parameters;
}
