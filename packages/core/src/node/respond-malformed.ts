import { respondProblem } from "../http/respond.js";

/** 400 for what is no request in the terms of HTTP. `detail` never quotes it. */
export function respondMalformed(detail: string): Response {
  return respondProblem({ status: 400, code: "REQUEST_INVALID", title: "Invalid request", detail });
}
