import { randomUUID } from "node:crypto";

const requestIdPattern = /^[\w.-]{8,128}$/;

/** The caller's `x-request-id` if it is well-formed, else a new one. */
export function requestIdOf(given: string | null): string {
  return given !== null && requestIdPattern.test(given) ? given : randomUUID();
}
