import { STATUS_CODES } from "node:http";

/** An RFC 9457 problem that the bridge itself answers. `detail` never quotes the request. */
export function problemResponse(status: number, code: string, detail: string): Response {
  const problem = { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, code, detail };
  return new Response(JSON.stringify(problem), { status, headers: { "content-type": "application/problem+json" } });
}
