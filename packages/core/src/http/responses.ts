import type { JsonValue } from "../task/json.js";
import { respondText } from "./known-text.js";

/** An error as the client sees it: `code` is stable, `detail` says what to do. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Each thing that is wrong with the request, where there can be several. */
  readonly errors?: readonly ProblemPart[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** One thing that is wrong with a request: where, and what is allowed there. Never quotes what was sent. */
export interface ProblemPart {
  /** The name of the query parameter, header or field. */
  readonly name: string;
  readonly detail: string;
}

/** A JSON answer that is never cached. */
export function jsonResponse(
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return respondText(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

/** An error answer in the form of RFC 9457. */
export function problemResponse({ status, code, title, detail, errors, headers }: Problem): Response {
  return jsonResponse(
    status,
    {
      type: `urn:agentbot:problem:${code}`,
      ...{ title, status, detail, code },
      ...(errors === undefined ? {} : { errors: errors.map(({ name, detail: what }) => ({ name, detail: what })) }),
    },
    { "content-type": "application/problem+json", ...headers },
  );
}

/** The one answer to every delivery that could not be verified, always the same bytes. */
export function unauthorizedResponse(): Response {
  return jsonResponse(401, { error: "unauthorized" });
}
