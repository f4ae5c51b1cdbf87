import type { JsonValue } from "../task/json.js";

/** An error as the client sees it: `code` is stable, `detail` says what to do. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A JSON answer that is never cached. */
export function respondJson(status: number, body: JsonValue, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

/** An error answer in the form of RFC 9457. */
export function respondProblem({ status, code, title, detail, headers }: Problem): Response {
  return respondJson(
    status,
    { type: `urn:agentbot:problem:${code}`, title, status, detail, code },
    { "content-type": "application/problem+json", ...headers },
  );
}

/** The one answer to every delivery that could not be verified, always the same bytes. */
export function respondUnauthorized(): Response {
  return respondJson(401, { error: "unauthorized" });
}
