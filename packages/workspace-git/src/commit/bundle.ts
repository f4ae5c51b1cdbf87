import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { shortenText } from "@agentbot/core/adapter";
import type { GitClient } from "../git/git-client.js";
import { tooLarge } from "./left-out.js";

/** Options of {@link bundleCommit}. */
export interface BundleRequest {
  readonly git: GitClient;
  readonly gitDirectory: string;
  /** The full ref under which the bundle lists the commit. */
  readonly ref: string;
  readonly commit: string;
  /** The commit of its large files' contents, or null. */
  readonly contentsCommit: string | null;
  readonly baseCommit: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Options of {@link restoreBundle}. */
export interface RestoreRequest {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly bundle: Uint8Array;
  readonly commit: string;
  readonly baseCommit: string;
  readonly signal: AbortSignal;
}

/** Refs of the contents of large files, by the commit that has their pointers: in bundles, never pushed. */
export const contentsRefs = "refs/large-files";

/**
 * Returns a git bundle of the objects that a commit adds to its base (git-bundle(1)), and of its large files' contents.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE` past the limit; a larger bundle is never held whole.
 */
export async function bundleCommit(request: BundleRequest): Promise<Uint8Array> {
  const { git, gitDirectory, ref, commit, contentsCommit, baseCommit, maxBytes, signal } = request;
  const command = { action: "Bundling the agent's change", gitDirectory, signal };
  const heads = new Map([[ref, commit]]);
  if (contentsCommit !== null) heads.set(`${contentsRefs}/${commit}`, contentsCommit);
  for (const head of heads) await git.run({ ...command, arguments: ["update-ref", "--end-of-options", ...head] });
  const words = ["bundle", "create", "--quiet", "-", ...heads.keys(), `^${baseCommit}`];
  const end = await git.attempt({ ...command, arguments: words, maxOutputBytes: maxBytes });
  if (end.stopped === "output") throw tooLarge(`more than ${maxBytes} bytes when packed`);
  if (end.exitCode === 0) return new Uint8Array(end.stdout);
  return new Uint8Array(await git.run({ ...command, arguments: words, maxOutputBytes: maxBytes }));
}

/**
 * Unpacks a checkpoint's bundle and checks that it holds the whole commit, made on top of the base.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable)
 */
export async function restoreBundle(request: RestoreRequest): Promise<void> {
  const { git, gitDirectory, bundle, commit, baseCommit, signal } = request;
  const command = { action: "Restoring the checkpoint", gitDirectory, signal };
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
  const contents = contentsIn(unpacked.stdout.toString("utf8"), commit);
  const words = ["rev-list", "--objects", "--quiet", "--end-of-options", commit, ...contents, `^${baseCommit}`];
  const whole = await git.attempt({ ...command, arguments: words });
  if (whole.exitCode !== 0) throw damaged(`objects of commit ${commit} are missing`);
  for (const head of contents) {
    await git.run({ ...command, arguments: ["update-ref", "--end-of-options", `${contentsRefs}/${commit}`, head] });
  }
}

/** The commit of the large files' contents in the list of a bundle's heads, if there is one. */
function contentsIn(heads: string, commit: string): readonly string[] {
  const lines = heads.split("\n").map((line) => line.split(" "));
  return lines.flatMap(([id, ref]) => (id !== undefined && ref === `${contentsRefs}/${commit}` ? [id] : []));
}

function damaged(why: string): AgentBotError {
  return new AgentBotError("GIT_FAILED", `The checkpoint is damaged: ${why}; retry the task from the start`, {
    isRetryable: false,
  });
}

function firstLine(text: string): string {
  return shortenText((text.split("\n")[0] ?? "").replace(/\p{Cc}/gu, " "), 200);
}
