import type { GitClient } from "../git/git-client.js";
import { tooLarge } from "./too-large.js";

/** What {@link bundleCommit} packs. */
export interface BundleRequest {
  readonly git: GitClient;
  readonly gitDirectory: string;
  /** The full ref the bundle names the commit by. */
  readonly ref: string;
  readonly commit: string;
  readonly baseCommit: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * A git bundle of what a commit adds to its base (git-bundle(1)).
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE` past the limit; the bundle is never held whole before.
 */
export async function bundleCommit(request: BundleRequest): Promise<Uint8Array> {
  const { git, gitDirectory, ref, commit, baseCommit, maxBytes, signal } = request;
  const command = { action: "bundling the agent's change", gitDirectory, signal };
  await git.run({ ...command, arguments: ["update-ref", "--end-of-options", ref, commit] });
  const words = ["bundle", "create", "--quiet", "-", ref, `^${baseCommit}`];
  const end = await git.attempt({ ...command, arguments: words, maxOutputBytes: maxBytes });
  if (end.stopped === "output") throw tooLarge(`more than ${maxBytes} bytes when packed`);
  if (end.exitCode === 0) return new Uint8Array(end.stdout);
  return new Uint8Array(await git.run({ ...command, arguments: words, maxOutputBytes: maxBytes }));
}
