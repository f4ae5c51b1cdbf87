import type { CodeMap } from "../../ports/code-indexer.js";
import type { Stage } from "../stage.js";
import type { Prepared } from "./prepare-workspace.js";

/** A task whose repository was mapped, if there is an indexer and an agent to tell. */
export interface Indexed extends Prepared {
  readonly codeMap: CodeMap | null;
}

/** A map longer than this costs more than it saves, in characters. */
const maxMapCharacters = 8000;

/** Maps the repository for the agent. The map is a help: a failure is logged and the agent goes without. */
export const indexWorkspace: Stage<Prepared, Indexed> = {
  name: "index-workspace",
  run: async (prepared, { parts, signal, logger }) => {
    const { task, workspace, checkpoint } = prepared;
    if (!parts.indexer || checkpoint?.isFinished) return { ...prepared, codeMap: null };
    try {
      const codeMap = await parts.indexer.map({
        directory: workspace.directory,
        commit: workspace.baseCommit,
        question: `${task.title}\n${task.instruction}`,
        maxCharacters: maxMapCharacters,
        signal,
      });
      return { ...prepared, codeMap };
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ err: error }, "The repository could not be mapped; the agent goes without a map");
      return { ...prepared, codeMap: null };
    }
  },
};
