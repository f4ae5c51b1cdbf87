import type { JsonValue } from "../task/json.js";

/** Header values by lower-case name; a header that occurs more than once, such as `set-cookie`, has a list. */
export type OutgoingHeaders = Readonly<Record<string, string | readonly string[]>>;

/**
 * A response before a host sends it. Creating a web-standard `Response`, and reading its text back out of a stream, costs
 * more than the rest of an answer, so a host that needs none gets the parts.
 */
export class OutgoingResponse {
  readonly status: number;
  readonly headers: OutgoingHeaders;
  readonly body: string | ReadableStream<Uint8Array> | null;

  constructor(status: number, headers: OutgoingHeaders, body: OutgoingResponse["body"]) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** The same response with one more header. */
  with(name: string, value: string): OutgoingResponse {
    return new OutgoingResponse(this.status, { ...this.headers, [name]: value }, this.body);
  }
}

/** The web-standard form of a response. */
export function toWebResponse({ status, headers: fields, body }: OutgoingResponse): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    for (const line of typeof value === "string" ? [value] : value) headers.append(name, line);
  }
  return new Response(body, { status, headers });
}

/** The parts of a web-standard response. */
export function fromWebResponse(response: Response): OutgoingResponse {
  // Cookies are the one header that must not be joined into a line (RFC 6265 §3).
  const cookies = response.headers.getSetCookie();
  const headers = { ...Object.fromEntries(response.headers), ...(cookies.length > 0 ? { "set-cookie": cookies } : {}) };
  return new OutgoingResponse(response.status, headers, response.body);
}

/** An error as the client sees it: `code` is stable, `detail` is the remedy. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** The kind of problem in a few words. */
  readonly title: string;
  /** The remedy, in one sentence. */
  readonly detail: string;
  /** Each fault of the request, where there can be several. */
  readonly errors?: readonly ProblemPart[];
  /** Additional headers of the answer. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One fault of a request: where it is, and what is allowed there. Never quotes what was sent. */
export interface ProblemPart {
  /** The name of the query parameter, header or field. */
  readonly name: string;
  /** The values that are allowed there. */
  readonly detail: string;
}

/** A JSON response that is never cached. */
export function jsonResponse(
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): OutgoingResponse {
  const fields = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers };
  return new OutgoingResponse(status, fields, JSON.stringify(body));
}

/** An error response in the form of RFC 9457. */
export function problemResponse({ status, code, title, detail, errors, headers }: Problem): OutgoingResponse {
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
