/** An error of the server's own, in the form that the gateway's have. */
export interface ServerProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** An error answer in the form of RFC 9457; never cached. */
export function respondProblem(problem: ServerProblem, headers: Readonly<Record<string, string>> = {}): Response {
  const body = { type: `urn:agentbot:problem:${problem.code}`, ...problem };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
