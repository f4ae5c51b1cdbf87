import { problemResponse } from "../http/responses.js";

/** 400 for what is no request in the terms of HTTP. `detail` never quotes it. */
export function respondMalformed(detail: string): Response {
  return problemResponse({ status: 400, code: "REQUEST_INVALID", title: "Invalid request", detail });
}
