/** What an index says about a repository, ready for a prompt. */
export interface CodeMap {
  /** The map as text, at most `maxCharacters` long. */
  readonly text: string;
  readonly fileCount: number;
}

/** Maps a work tree before the agent runs. It reads hostile files: bounded in time and memory, never outside the root. */
export interface CodeIndexer {
  map(request: {
    readonly directory: string;
    readonly commit: string;
    /** What was asked, to rank by. */
    readonly question: string;
    readonly maxCharacters: number;
    readonly signal: AbortSignal;
  }): Promise<CodeMap>;
}
