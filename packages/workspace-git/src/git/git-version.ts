import { AgentBotError } from "@agentbot/core";
import type { GitClient } from "./git-client.js";

/** The first git that takes configuration from its environment (git 2.31 release notes, `GIT_CONFIG_COUNT`). */
export const oldestGitVersion: readonly [major: number, minor: number] = [2, 31];

/**
 * Refuses a git that would silently ignore the safe configuration and the credential.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export async function checkGitVersion(git: GitClient, directory: string, signal: AbortSignal): Promise<void> {
  const command = { action: "asking git for its version", arguments: ["version"], gitDirectory: directory, signal };
  const answer = (await git.run(command)).toString("utf8").trim();
  const [, major, minor] = /(\d+)\.(\d+)/.exec(answer) ?? [];
  const found = [Number(major), Number(minor)] as const;
  const isNewEnough =
    found[0] > oldestGitVersion[0] || (found[0] === oldestGitVersion[0] && found[1] >= oldestGitVersion[1]);
  if (isNewEnough) return;
  const needed = oldestGitVersion.join(".");
  throw new AgentBotError("CONFIGURATION_INVALID", `git ${needed} or newer is needed, found '${answer}': update git`);
}
