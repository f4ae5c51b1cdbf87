import { runProcess } from "@agentbot/core/process";

/** Runs git on a repository of the demo's own; returns its output, or null if git failed. */
export async function runGit(directory: string, words: readonly string[], searchPath: string): Promise<string | null> {
  const lines: string[] = [];
  const { exitCode } = await runProcess({
    program: "git",
    arguments: words,
    directory,
    environment: { PATH: searchPath, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", HOME: directory },
    signal: AbortSignal.timeout(30_000),
    onLine: (line) => void lines.push(line),
  });
  return exitCode === 0 ? lines.join("\n") : null;
}
