import { spawn } from "node:child_process";
import { once } from "node:events";

/** What is done when this process dies while the program runs; see `ProcessRequest.endsWithParent`. */
export interface EndsWithParent {
  /** Directories, by absolute path, that are removed with all that is in them. @defaultValue none */
  readonly removeDirectories?: readonly string[];
}

/**
 * A line means that the program has ended; the end of input means that this process has. Children are killed by their
 * ids, since a server may give each a session of its own; those of macOS are found by pgrep.
 */
const script = `
read -r line && exit 0
group=$1
shift
children=$(cat "/proc/$group/task/$group/children" 2>/dev/null || pgrep -P "$group" 2>/dev/null)
kill -KILL "-$group" $children 2>/dev/null
for directory in "$@"; do
  rm -rf -- "$directory" || { sleep 1; rm -rf -- "$directory"; }
done
`;

/**
 * Kills the program of a process group should this process die in any way, SIGKILL included: a shell that waits on a
 * pipe, which the kernel closes with us. Returns what dismisses the shell once the program has ended.
 */
export function endWithParent(group: number, { removeDirectories = [] }: EndsWithParent): () => Promise<void> {
  const watchdog = spawn("/bin/sh", ["-c", script, "sh", String(group), ...removeDirectories], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  const { stdin } = watchdog;
  const isGone = once(watchdog, "exit").catch(() => {});
  stdin.on("error", () => {});
  // It watches a process that may keep us alive or not: that is not its to decide.
  watchdog.unref();
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return async () => {
    watchdog.ref();
    stdin.end("ended\n");
    await isGone;
  };
}
