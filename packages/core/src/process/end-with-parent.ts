import { spawn } from "node:child_process";
import { once } from "node:events";
import { sendSignal } from "./end-process-tree.js";

const groups = new Set<number>();

function killGroups(): void {
  for (const group of groups) sendSignal(-group, "SIGKILL");
}

/**
 * Kills a process group if this process exits before the returned function is called: an agent must not go on spending
 * after a crash of its worker.
 */
export function killAtExit(group: number): () => void {
  if (groups.size === 0) process.once("exit", killGroups);
  groups.add(group);
  return () => {
    groups.delete(group);
    if (groups.size === 0) process.removeListener("exit", killGroups);
  };
}

/** Options of the end of a program whose parent dies; see `ProcessRequest.endsWithParent`. */
export interface EndsWithParent {
  /** Absolute paths of directories that are removed with their content. @defaultValue none */
  readonly removeDirectories?: readonly string[];
}

/**
 * A line on standard input means that the program has ended; the end of input means that this process has. Children are
 * killed by their ids, since a server may give each a session of its own; on macOS pgrep lists them.
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
 * Kills a process group if this process dies in any way, SIGKILL included: a shell waits on a pipe that the kernel
 * closes when this process ends. Returns the function that ends the shell once the program has ended.
 */
export function endWithParent(group: number, { removeDirectories = [] }: EndsWithParent): () => Promise<void> {
  const watchdog = spawn("/bin/sh", ["-c", script, "sh", String(group), ...removeDirectories], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  const isGone = once(watchdog, "exit").catch(() => {});
  const { stdin } = watchdog;
  // Without a free file descriptor there is no shell, and no stream to it: the program runs on without its watchdog.
  if (watchdog.pid === undefined) return async () => void (await isGone);
  stdin.on("error", () => {});
  // The program alone decides whether it keeps this process alive, not the shell that watches it.
  watchdog.unref();
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return async () => {
    watchdog.ref();
    stdin.end("ended\n");
    await isGone;
  };
}
