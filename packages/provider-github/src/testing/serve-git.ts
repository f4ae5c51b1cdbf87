import type { IncomingMessage, ServerResponse } from "node:http";
import type { FakeGitHubFaults } from "./fake-github-faults.js";
import { hasPermission, liveToken } from "./fake-github-route.js";
import type { FakeGitHubState } from "./fake-github-state.js";

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    ...(status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}),
  });
  response.end(`${text}\n`);
}

/** Passes a git request on to the handler when its token reaches the repository: read to fetch, write to push. */
export async function serveGit(
  state: FakeGitHubState,
  faults: FakeGitHubFaults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const [, owner = "", name = ""] = /^\/([^/]+)\/([^/]+)\.git\//.exec(pathname) ?? [];
  const { gitHandler } = state.options;
  const method = request.method ?? "GET";
  const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
  const seen = {
    method,
    path: pathname,
    query: searchParams,
    headers,
    body: null,
    status: null as number | null,
    at: new Date(),
  };
  state.requests.push(seen);
  response.once("finish", () => {
    seen.status = response.statusCode;
  });
  const fault = faults.take(method, pathname);
  if (fault) {
    if (fault.status === undefined) response.destroy();
    else refuse(response, fault.status, "Server Error");
    return;
  }
  if (name === "" || !gitHandler) return refuse(response, 404, "Not Found");
  const token = liveToken(state, request.headers.authorization);
  if (!token) return refuse(response, 401, "Invalid username or token.");
  const repository = state.findRepository(owner, name);
  const reached = repository ?? state.findRenamed(owner, name);
  if (!reached || !token.repositoryIds.includes(reached.id)) return refuse(response, 404, "Repository not found.");
  if (!repository) {
    const rest = (request.url ?? "").slice(`/${owner}/${name}`.length);
    response.setHeader("location", `http://${request.headers.host}/${reached.owner}/${reached.name}${rest}`);
    return refuse(response, 301, "Moved Permanently");
  }
  const isPush =
    /\/git-receive-pack$|\.git\/info\/lfs\//.test(pathname) || searchParams.get("service") === "git-receive-pack";
  if (!hasPermission(token, "contents", isPush ? "write" : "read")) {
    return refuse(response, 403, "Write access to repository not granted.");
  }
  await gitHandler(request, response);
}
