import type { RepositoryRef } from "../task/repository-ref.js";
import type { McpServer } from "./agent-runner.js";

/** Options of {@link CodeIndexer.map}. */
export interface CodeMapRequest {
  /** The repository that is mapped. */
  readonly repository: RepositoryRef;
  /** The trusted GIT_DIR whose objects are read; the work tree, which the agent may change, never is. */
  readonly gitDirectory: string;
  /** The commit that is mapped. */
  readonly commit: string;
  /** The request in words, to rank by. */
  readonly question: string;
  /** A directory of the repository that is kept between its tasks. */
  readonly cacheDirectory: string;
  /** Maximum length of the map, in UTF-16 units. */
  readonly maxCharacters: number;
}

/** A map of a repository, ready for a prompt. */
export interface CodeMap {
  /** The map as text, at most `maxCharacters` long. */
  readonly text: string;
  /** Number of files of the commit, for the transcript. */
  readonly fileCount: number;
  /** A server through which the agent can search the repository; null if there is none. */
  readonly mcpServer: CodeServer | null;
}

/** A server that answers the agent's questions about the code. The agent starts it, inside its sandbox. */
export interface CodeServer {
  /** Files and directories of the host that it reads, beside the request's `cacheDirectory`: its program, if the agent's base has none. */
  readonly readOnly: readonly string[];
  /** Returns the server with every path as a program inside sees it; `pathOf` is the sandbox's. Pure. */
  inside(pathOf: (hostPath: string) => string): McpServer;
}

/** Maps a commit before the agent runs. It reads hostile files: bounded in time and memory. */
export interface CodeIndexer {
  /** Reads the objects of one commit, never the work tree, and returns their map. */
  map(request: CodeMapRequest, options: { readonly signal: AbortSignal }): Promise<CodeMap>;
}
