import { randomUUID } from "node:crypto";
import type { IncomingRequest } from "../http/incoming-request.js";
import { parseTraceparent } from "../tracing/trace-context.js";

const requestIdPattern = /^[\w.-]{8,128}$/;

/** The caller's `x-request-id` if it is well-formed, else a new one. */
export function requestIdOf(given: string | null): string {
  return given !== null && requestIdPattern.test(given) ? given : randomUUID();
}

/** The caller's W3C `traceparent` if it is well-formed, else null (https://www.w3.org/TR/trace-context/). */
export function traceparentOf(request: IncomingRequest): string | null {
  const given = request.headers.get("traceparent");
  return parseTraceparent(given) ? given : null;
}
