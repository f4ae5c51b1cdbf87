import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import type { CodeIndexer } from "../ports/code-indexer.js";
import { fitList } from "./file-list/fit-list.js";
import { listFiles } from "./file-list/list-files.js";

/** Options of {@link createFileListIndexer}. */
export interface FileListIndexerOptions {
  /** Lists at most so many files. @defaultValue 20,000 */
  readonly maxFiles?: number;
  /** Looks for at most so long, in milliseconds, and lists what it found by then. @defaultValue 10 seconds */
  readonly timeoutMs?: number;
}

const optionsSchema = z.strictObject({
  maxFiles: z.number().int().min(1).default(20_000),
  timeoutMs: z.number().int().min(0).default(10_000),
});

/**
 * The plainest map of a repository: its files, sorted, one a line. Leaves out `.git`, `node_modules`, links, special
 * files and names that could not be printed as one line; opens no file.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function createFileListIndexer(options: FileListIndexerOptions = {}): CodeIndexer {
  const limits = parseOptions("createFileListIndexer", optionsSchema, options);
  return {
    async map({ directory, maxCharacters, signal }) {
      const { paths, isComplete } = await listFiles(directory, { ...limits, signal });
      return { text: fitList(paths, isComplete, maxCharacters), fileCount: paths.length };
    },
  };
}
