import { tmpdir } from "node:os";
import { isolatedEnvironment } from "../git/git-environment.js";
import { runGit } from "../git/run-git.js";

/** The environment of git in a test: no configuration of the machine, no credential. */
export const testEnvironment = isolatedEnvironment({ hostEnvironment: {}, homeDirectory: tmpdir(), allowHttp: true });

/** Runs git on a repository of a test and returns its output; throws its standard error if it fails. */
export async function gitForTests(
  gitDirectory: string,
  words: readonly string[],
  input: string | Uint8Array = "",
): Promise<Buffer> {
  const end = await runGit({
    program: "git",
    arguments: words,
    directory: tmpdir(),
    environment: { ...testEnvironment, GIT_DIR: gitDirectory },
    input,
    maxOutputBytes: 256 * 1024 * 1024,
    timeoutMs: 120_000,
    signal: new AbortController().signal,
  });
  if (end.exitCode !== 0) throw new Error(`Git ${words[0]} failed: ${end.stderr.trim()}`);
  return end.stdout;
}
