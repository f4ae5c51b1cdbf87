import type { CodeIndexer } from "@agentbot/core";
import { maxTimerMs, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { gitEnvironment } from "./git/git-environment.js";
import { gitFailure } from "./git/git-failure.js";
import { type GitEnd, runGit } from "./git/run-git.js";
import { gitProgramSchema, hostEnvironmentSchema } from "./git-workspace-options.js";
import { checkCommitId } from "./names.js";

/** Options of {@link createFileListIndexer}. */
export interface FileListIndexerOptions {
  /** Maximum number of listed files. @defaultValue 20,000 */
  readonly maxFiles?: number | undefined;
  /** Maximum duration, in milliseconds; the files read by then are listed. @defaultValue 10 seconds */
  readonly timeoutMs?: number | undefined;
  /** The git program, 2.31 or newer. @defaultValue `git`, found on the PATH of `hostEnvironment` */
  readonly gitProgram?: string | undefined;
  /** The host's variables, such as all of `process.env`; see `GitWorkspaceOptions`. @defaultValue the usual directories */
  readonly hostEnvironment?: Readonly<Record<string, string | undefined>> | undefined;
}

const optionsSchema = z.strictObject({
  maxFiles: z.number().int().min(1).default(20_000),
  timeoutMs: z.number().int().min(1).max(maxTimerMs).default(10_000),
  gitProgram: gitProgramSchema,
  hostEnvironment: hostEnvironmentSchema,
} satisfies ShapeOf<FileListIndexerOptions>);

/** Enough for some 300,000 paths. */
const maxListBytes = 32 * 1024 * 1024;
// Control and format characters, lone surrogates and invalid UTF-8: such a name could fake a line of the map.
const unprintablePattern = /[\p{C}\p{Zl}\p{Zp}\ufffd]/u;
const fileEntryPattern = /^100\d{3} blob [0-9a-f]+\t(.+)$/s;

/**
 * The plainest map of a repository: the regular files of the commit, sorted, one a line; the shallow ones if there are
 * too many. Reads `git ls-tree` of the trusted GIT_DIR and opens no file. Leaves out `node_modules`, symbolic links,
 * submodules and names that can't be printed as one line.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option; `map` throws `GIT_NAME_INVALID`, `GIT_FAILED` and
 * `PROCESS_FAILED`.
 */
export function createFileListIndexer(options: FileListIndexerOptions = {}): CodeIndexer {
  const settings = parseOptions("createFileListIndexer", optionsSchema, options);
  return {
    async map({ gitDirectory, commit, maxCharacters }, { signal }) {
      const end = await runGit({
        program: settings.gitProgram,
        arguments: ["ls-tree", "-r", "-z", "--full-tree", checkCommitId(commit)],
        directory: gitDirectory,
        environment: {
          ...gitEnvironment({ ...settings, homeDirectory: gitDirectory, allowHttp: false }),
          GIT_DIR: gitDirectory,
        },
        input: "",
        maxOutputBytes: maxListBytes,
        timeoutMs: settings.timeoutMs,
        signal,
      });
      if (end.stopped === null && end.exitCode !== 0) throw gitFailure(`Listing the files of ${commit}`, end, null);
      const paths = pathsOf(end);
      const shown = paths.length > settings.maxFiles ? shallowFirst(paths).slice(0, settings.maxFiles) : paths;
      const isComplete = end.stopped === null && shown.length === paths.length;
      return {
        text: fitList([...shown].sort(), isComplete, maxCharacters),
        fileCount: shown.length,
        mcpServer: null,
      };
    },
  };
}

/** The last entry of a list that was cut off has no end and is dropped. */
function pathsOf({ stdout }: GitEnd): readonly string[] {
  const entries = stdout.toString("utf8").split("\0").slice(0, -1);
  return entries.flatMap((entry) => {
    const path = fileEntryPattern.exec(entry)?.[1];
    return path === undefined || unprintablePattern.test(path) || /(^|\/)node_modules\//.test(path) ? [] : [path];
  });
}

function shallowFirst(paths: readonly string[]): readonly string[] {
  const depthOf = (path: string): number => path.split("/").length;
  return paths
    .map((path) => ({ path, depth: depthOf(path) }))
    .sort((one, other) => one.depth - other.depth)
    .map(({ path }) => path);
}

/** Returns as many paths, one a line, as fit; the last line has the number of the missing ones, if it is known. */
function fitList(paths: readonly string[], isComplete: boolean, maxCharacters: number): string {
  const closing = (missing: number): string => (isComplete ? `(and ${missing} more files)` : "(and more files)");
  const room = maxCharacters - closing(paths.length).length;
  const whole = paths.join("\n");
  if (isComplete && whole.length <= maxCharacters) return whole;
  const lines: string[] = [];
  let length = 0;
  for (const path of paths) {
    length += path.length + 1;
    if (length > room) break;
    lines.push(path);
  }
  return room < 0 ? "" : [...lines, closing(paths.length - lines.length)].join("\n");
}
