import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A git server reduced to what matters here: branches that are made once and never moved. */
export interface BranchServer {
  readonly port: number;
  readonly branches: ReadonlyMap<string, string>;
  /** Every try to make a branch, in order of arrival. */
  readonly pushes: readonly Push[];
  close(): Promise<void>;
}

/** One try to make a branch. */
export interface Push {
  readonly branch: string;
  readonly commit: string;
  readonly outcome: PushOutcome;
  /** The process that tried. */
  readonly by: string;
}

/** `conflict`: the branch is there with another commit, and stays as it is. */
export type PushOutcome = "made" | "already-there" | "conflict";

const statuses: Readonly<Record<PushOutcome, number>> = { made: 201, "already-there": 200, conflict: 409 };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

/** Starts a {@link BranchServer} on a free port of the loopback: `PUT /<branch>` with the commit as body. */
export async function startBranchServer(): Promise<BranchServer> {
  const branches = new Map<string, string>();
  const pushes: Push[] = [];
  const push = (branch: string, commit: string): PushOutcome => {
    const present = branches.get(branch);
    if (present !== undefined) return present === commit ? "already-there" : "conflict";
    branches.set(branch, commit);
    return "made";
  };
  const server = createServer(async (request, response) => {
    const branch = decodeURIComponent((request.url ?? "/").slice(1));
    // A request that arrived only in part is not a push, as for git.
    const commit = await textOf(request).catch(() => null);
    if (commit === null) return;
    const outcome = push(branch, commit);
    pushes.push({ branch, commit, outcome, by: String(request.headers["x-world-process"]) });
    response.writeHead(statuses[outcome]).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    branches,
    pushes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
