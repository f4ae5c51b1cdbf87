import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { startGit, stopGit } from "../git/run-git.js";
import { testEnvironment } from "./git-for-tests.js";
import { serveLfs } from "./serve-lfs.js";

/** The operation of a client on a repository: `write` is a push. */
export type GitOperation = "read" | "write";

/** Options of {@link createGitHttpHandler}. */
export interface GitHttpOptions {
  /** The directory of the repositories, at the paths of their URLs. */
  readonly root: string;
  /** Decides whether a client with this `Authorization` header may use the repository, such as `octocat/hello.git`. */
  readonly authorize: (
    authorization: string | null,
    repositoryPath: string,
    operation: GitOperation,
  ) => boolean | Promise<boolean>;
  /** Serve Git LFS too, as code hosts do. @defaultValue true */
  readonly hasLfs?: boolean;
}

/** Answers a request for a git repository and returns true; leaves any other untouched and returns false. */
export type GitHttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const repositoryRequest =
  /^\/((?:[A-Za-z0-9_][A-Za-z0-9._-]*\/)*[A-Za-z0-9_][A-Za-z0-9._-]*)\/(info\/refs|git-upload-pack|git-receive-pack|info\/lfs\/objects\/(?:batch|[0-9a-f]{64}))$/;

/**
 * Serves git over smart HTTP (gitprotocol-http(5)) by `git http-backend`, as part of any `node:http` server. For tests and
 * demos on the loopback interface.
 *
 * @example
 * const git = createGitHttpHandler({ root, authorize: (header) => header === expected });
 * http.createServer(async (request, response) => {
 *   if (!(await git(request, response))) api(request, response);
 * });
 */
export function createGitHttpHandler({ root, authorize, hasLfs = true }: GitHttpOptions): GitHttpHandler {
  return async (request, response) => {
    const [pathname = "", query = ""] = (request.url ?? "").split("?", 2);
    const [, repositoryPath, endpoint] = repositoryRequest.exec(pathname) ?? [];
    if (repositoryPath === undefined || endpoint === undefined || repositoryPath.includes("..")) return false;
    const isLfs = endpoint.startsWith("info/lfs/");
    if (isLfs && !hasLfs) return false;
    const isPush = isLfs || endpoint === "git-receive-pack" || query.includes("service=git-receive-pack");
    const authorization = request.headers.authorization ?? null;
    if (await authorize(authorization, repositoryPath, isPush ? "write" : "read")) {
      const directory = join(root, repositoryPath);
      if (isLfs) await serveLfs(request, response, { directory, endpoint: endpoint.slice("info/lfs/".length) });
      else await serve(request, response, { root, pathname, query, isKnown: authorization !== null });
    } else {
      request.resume();
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"', "content-type": "text/plain" });
      response.end("authentication required\n");
    }
    return true;
  };
}

interface CgiRequest {
  readonly root: string;
  readonly pathname: string;
  readonly query: string;
  readonly isKnown: boolean;
}

/** Streams the request into the CGI program and its answer back. */
async function serve(request: IncomingMessage, response: ServerResponse, cgi: CgiRequest): Promise<void> {
  const child = startGit({
    program: "git",
    arguments: ["http-backend"],
    directory: cgi.root,
    environment: cgiEnvironment(request, cgi),
  });
  const ended = once(child, "close").catch(() => response.destroy());
  if (child.pid === undefined) return void (await ended);
  child.stderr.resume();
  child.stdin.on("error", () => {});
  request.pipe(child.stdin);
  // A client that disconnects must not leave a process behind.
  response.on("close", () => {
    if (child.exitCode === null) stopGit(child);
  });
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const parsed = parseCgiHead(head);
    if (parsed === null) return;
    child.stdout.off("data", readHead);
    response.writeHead(parsed.status, parsed.headers);
    response.write(parsed.rest);
    child.stdout.pipe(response);
  };
  child.stdout.on("data", readHead);
  await ended;
  if (!response.headersSent) response.writeHead(500).end();
}

function cgiEnvironment(
  request: IncomingMessage,
  { root, pathname, query, isKnown }: CgiRequest,
): Record<string, string> {
  const { headers } = request;
  const optional = {
    CONTENT_TYPE: headers["content-type"],
    CONTENT_LENGTH: headers["content-length"],
    HTTP_CONTENT_ENCODING: headers["content-encoding"],
    GIT_PROTOCOL: headers["git-protocol"],
    REMOTE_ADDR: request.socket.remoteAddress,
    REMOTE_USER: isKnown ? "git" : undefined,
  };
  const environment: Record<string, string> = {
    ...testEnvironment,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: pathname,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? "GET",
  };
  for (const [name, value] of Object.entries(optional)) {
    if (typeof value === "string") environment[name] = value;
  }
  return environment;
}

/** The head of a CGI program's answer (RFC 3875 §6). */
interface CgiHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first bytes of the body. */
  readonly rest: Buffer;
}

/** Splits the head off the output of a CGI program; null while it is incomplete. */
function parseCgiHead(output: Buffer): CgiHead | null {
  const end = /\r?\n\r?\n/.exec(output.toString("latin1"));
  if (end === null) return null;
  let status = 200;
  const headers: Record<string, string> = {};
  for (const line of output.toString("latin1", 0, end.index).split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (name !== "") headers[name.toLowerCase()] = value;
  }
  return { status, headers, rest: output.subarray(end.index + end[0].length) };
}
