import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import type { GitClient } from "../git/git-client.js";

/** What {@link restoreBundle} brings back. */
export interface RestoreRequest {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly bundle: Uint8Array;
  readonly commit: string;
  readonly baseCommit: string;
  readonly signal: AbortSignal;
}

/**
 * Unpacks a checkpoint's bundle and makes sure that it holds the whole commit, made on top of the base.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable)
 */
export async function restoreBundle(request: RestoreRequest): Promise<void> {
  const { git, gitDirectory, bundle, commit, baseCommit, signal } = request;
  const command = { action: "restoring the checkpoint", gitDirectory, signal };
  const file = join(gitDirectory, "restored.bundle");
  await writeFile(file, bundle, { mode: 0o600 });
  const unpacked = await git.attempt({ ...command, arguments: ["bundle", "unbundle", file] });
  await rm(file, { force: true });
  if (unpacked.exitCode !== 0) throw damaged(`git cannot read its bundle (${firstLine(unpacked.stderr)})`);
  const parents = await git.attempt({
    ...command,
    arguments: ["rev-list", "--parents", "--max-count=1", "--end-of-options", commit],
  });
  if (parents.stdout.toString("utf8").trim() !== `${commit} ${baseCommit}`) {
    throw damaged(`its bundle does not hold commit ${commit} on top of ${baseCommit}`);
  }
  const words = ["rev-list", "--objects", "--quiet", "--end-of-options", commit, `^${baseCommit}`];
  const whole = await git.attempt({ ...command, arguments: words });
  if (whole.exitCode !== 0) throw damaged(`objects of commit ${commit} are missing`);
}

function damaged(why: string): AgentBotError {
  return new AgentBotError("GIT_FAILED", `the checkpoint is damaged: ${why}; retry the task from the start`, {
    isRetryable: false,
  });
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/\p{Cc}/gu, " ").slice(0, 200);
}
