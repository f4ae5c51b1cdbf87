import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "@agentbot/core/adapter";
import { createGitHttpHandler, type GitHttpOptions } from "./create-git-http-handler.js";

/** A running git server on the loopback interface. */
export interface GitHttpServer {
  /** Without a slash at the end: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Number of requests answered or refused. */
  readonly requestCount: number;
  /** Stops listening. */
  close(): Promise<void>;
}

/** Starts a git server on a free port of 127.0.0.1; see {@link createGitHttpHandler}. */
export async function startGitHttpServer(options: GitHttpOptions): Promise<GitHttpServer> {
  const handle = createGitHttpHandler(options);
  let requestCount = 0;
  const server = createServer((request, response) => {
    requestCount += 1;
    const answer = handle(request, response).then((isGit) => {
      if (!isGit) response.writeHead(404).end();
    });
    answer.catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requestCount() {
      return requestCount;
    },
    close: once(async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    }),
  };
}
