import { randomUUID } from "node:crypto";

const requestIdPattern = /^[\w.-]{8,128}$/;
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's `x-request-id` if it is well-formed, else a new one. */
export function requestIdOf(given: string | null): string {
  return given !== null && requestIdPattern.test(given) ? given : randomUUID();
}

/** The caller's W3C `traceparent` if it is well-formed, else null (https://www.w3.org/TR/trace-context/). */
export function traceparentOf(request: Request): string | null {
  const given = request.headers.get("traceparent");
  return given !== null && traceparentPattern.test(given) ? given : null;
}
