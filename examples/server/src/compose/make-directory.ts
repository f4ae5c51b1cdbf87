import { randomUUID } from "node:crypto";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError, type Logger } from "@agentbot/core";

const reasons = new Map([
  ["EEXIST", "is a file"],
  ["ENOTDIR", "lies below a file"],
  ["EACCES", "may not be written by this user"],
  ["EPERM", "may not be written by this user"],
  ["EROFS", "is on a read-only file system"],
  ["ENOSPC", "is on a disk that is full"],
]);

/**
 * Makes the directory a variable names, private to this user, and sees that it can be written. One that is there already
 * keeps its mode, since it may be `/srv` or another that others need; a mode that lets others in is a warning.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the variable, the path and the fix
 */
export async function makeDirectory(variable: string, path: string, logger: Logger): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const probe = join(path, `.probe-${randomUUID()}`);
    await writeFile(probe, "", { flag: "wx" });
    await rm(probe);
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & 0o077) === 0) return;
    const facts = { variable, path, mode: mode.toString(8) };
    logger.warn(facts, `${variable} is open to other users of this machine; close it with chmod 700`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const why = reasons.get(code) ?? "cannot be made or written";
    const message = `${variable}: ${path} ${why} (${code}); choose a directory that this user may write`;
    throw new AgentBotError("CONFIGURATION_INVALID", message, { cause: error });
  }
}
