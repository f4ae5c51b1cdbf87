import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";

const reasons = new Map([
  ["EEXIST", "is a file"],
  ["ENOTDIR", "lies below a file"],
  ["EACCES", "may not be written by this user"],
  ["EPERM", "may not be written by this user"],
  ["EROFS", "is on a read-only file system"],
  ["ENOSPC", "is on a disk that is full"],
]);

/**
 * Makes the directory a variable names, private to this user, and sees that it can be written.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the variable, the path and the fix
 */
export async function makeDirectory(variable: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const probe = join(path, `.probe-${randomUUID()}`);
    await writeFile(probe, "", { flag: "wx" });
    await rm(probe);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const why = reasons.get(code) ?? "cannot be made or written";
    const message = `${variable}: ${path} ${why} (${code}); choose a directory that this user may write`;
    throw new AgentBotError("CONFIGURATION_INVALID", message, { cause: error });
  }
}
