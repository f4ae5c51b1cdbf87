import { AgentBotError } from "@agentbot/core";
import type { GitClient } from "../git/git-client.js";

/** Two trees of one repository. */
export interface TreePair {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

/**
 * The last look before a commit: it adds and changes regular files only. Holds even if the tree was written to while
 * it was read.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable)
 */
export async function checkModes({ git, gitDirectory, from, to, signal }: TreePair): Promise<void> {
  const action = "checking the agent's change";
  const words = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--end-of-options", from, to];
  const output = await git.run({ action, arguments: words, gitDirectory, signal });
  const changes = output.toString("latin1").split("\0");
  const newModes = changes.filter((field) => field.startsWith(":")).map((field) => field.split(" ")[1]);
  const forbidden = newModes.filter((mode) => mode === "120000" || mode === "160000").length;
  if (forbidden === 0) return;
  const message = `the agent's tree changed while it was read: ${forbidden} symbolic links or submodules came up; try again`;
  throw new AgentBotError("GIT_FAILED", message, { isRetryable: false });
}
