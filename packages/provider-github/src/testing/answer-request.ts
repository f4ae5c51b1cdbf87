import type { IncomingMessage, ServerResponse } from "node:http";
import { sleep } from "@agentbot/core/adapter";
import type { FakeGitHubFaults } from "./fake-github-faults.js";
import { type FakeGitHubAnswer, failure } from "./fake-github-route.js";
import type { FakeGitHubRequest, FakeGitHubState } from "./fake-github-state.js";
import { appRoutes } from "./routes/app-routes.js";
import { commentRoutes } from "./routes/comment-routes.js";
import { pullRoutes } from "./routes/pull-routes.js";
import { repositoryRoutes } from "./routes/repository-routes.js";
import { reviewRoutes } from "./routes/review-routes.js";

/** The path of the API, as on GitHub Enterprise Server. */
export const apiPrefix = "/api/v3";

const routes = [...appRoutes, ...repositoryRoutes, ...commentRoutes, ...pullRoutes, ...reviewRoutes];
const rateLimit = 5000;

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = Buffer.concat(chunks).toString();
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The path by which a repository's endpoint is found: GitHub serves each under the repository's id too. */
function namedPath(state: FakeGitHubState, path: string): string {
  const [, id, rest = ""] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repository = id === undefined ? undefined : state.findRepositoryById(Number(id));
  return repository ? `/repos/${repository.owner}/${repository.name}${rest}` : path;
}

async function route(state: FakeGitHubState, request: FakeGitHubRequest, url: string): Promise<FakeGitHubAnswer> {
  const { method, query, headers, body } = request;
  const path = namedPath(state, request.path);
  if (typeof body !== "object" || body === null) return failure(400, "Problems parsing JSON");
  if (headers["user-agent"] === undefined) return failure(403, "Request forbidden by administrative rules.");
  for (const { method: routeMethod, pattern, handle } of routes) {
    const match = routeMethod === method ? pattern.exec(path) : null;
    if (!match) continue;
    const parameters = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    const apiUrl = `${url}${apiPrefix}`;
    return handle({ state, parameters, query, headers, body: body as Record<string, unknown>, apiUrl, url, path });
  }
  return failure(404, "Not Found");
}

/** Answers one request of the API: as GitHub would, or by a fault. */
export async function answerRequest(
  state: FakeGitHubState,
  faults: FakeGitHubFaults,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const origin = `http://${incoming.headers.host ?? "127.0.0.1"}`;
  const { pathname, searchParams } = new URL(incoming.url ?? "/", origin);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const request: FakeGitHubRequest = {
    method: incoming.method ?? "GET",
    path: pathname.slice(apiPrefix.length),
    query: searchParams,
    headers,
    body: await readBody(incoming),
    status: null,
    at: new Date(),
  };
  state.requests.push(request);
  const fault =
    faults.take(request.method, request.path) ?? state.options.faultFor?.(request.method, request.path) ?? null;
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
  const isReplaced = fault !== null && (fault.status !== undefined || fault.delayMs === undefined);
  const answer = isReplaced && fault.when !== "after" ? null : await route(state, request, origin);
  if (isReplaced && fault.status === undefined) {
    response.destroy();
    return;
  }
  const replacement = failure(fault?.status ?? 500, "Server Error");
  const final: FakeGitHubAnswer = isReplaced
    ? { ...replacement, body: fault.body ?? replacement.body, headers: fault.headers ?? {} }
    : (answer ?? replacement);
  request.status = final.status;
  writeAnswer(state, response, final);
}

function writeAnswer(
  state: FakeGitHubState,
  response: ServerResponse,
  { status, body, headers }: FakeGitHubAnswer,
): void {
  const used = state.requests.length;
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "x-github-request-id": `FAKE:${used}`,
    "x-ratelimit-limit": String(rateLimit),
    "x-ratelimit-remaining": String(Math.max(0, rateLimit - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3600),
    "x-ratelimit-resource": "core",
    ...headers,
  });
  if (body === undefined) response.end();
  else response.end(typeof body === "string" ? body : JSON.stringify(body));
}
