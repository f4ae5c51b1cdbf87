import type { CodeMap } from "../../ports/code-indexer.js";
import type { Stage } from "../stage.js";
import type { Prepared } from "./prepare-workspace.js";

/** A task whose repository was mapped, if there is an indexer and an agent to run. */
export interface Indexed extends Prepared {
  readonly codeMap: CodeMap | null;
}

/** Maximum length of a map, in characters: a longer one costs more than it saves. */
const maxMapCharacters = 8000;

/** Maps the repository for the agent. The map is a help: a failure is logged, and the agent works without it. */
export const indexWorkspace: Stage<Prepared, Indexed> = {
  name: "index-workspace",
  run: async (prepared, { deps: { indexer, logger }, signal }) => {
    const { task, repository, workspace, checkpoint } = prepared;
    if (!indexer || checkpoint?.isFinished) return { ...prepared, codeMap: null };
    const { gitDirectory, cacheDirectory, baseCommit: commit } = workspace;
    const question = `${task.title}\n${task.instruction}`;
    const request = { repository, gitDirectory, commit, question, cacheDirectory, maxCharacters: maxMapCharacters };
    try {
      return { ...prepared, codeMap: await indexer.map(request, { signal }) };
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ err: error }, "The repository could not be mapped; the agent works without a map");
      return { ...prepared, codeMap: null };
    }
  },
};
