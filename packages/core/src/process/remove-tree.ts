import { randomUUID } from "node:crypto";
import { chmod, lstat, readdir, rename, rm } from "node:fs/promises";

/** Longer paths are near the kernel's limit of 4,096 bytes (limits.h, PATH_MAX). */
const longPathBytes = 1_500;

/**
 * Removes a file or directory that an untrusted program could write, following no symbolic link: also directories
 * without permissions and ones nested deeper than a path can be. A missing path is not an error.
 */
export async function removeTree(path: string): Promise<void> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  try {
    await remove();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!["EACCES", "EPERM", "ENAMETOOLONG", "ENOTEMPTY"].includes(code ?? "")) throw error;
    await makeRemovable(path);
    await remove();
  }
}

/** Makes every directory writable and moves those that lie too deep to the top. */
async function makeRemovable(root: string): Promise<void> {
  const pending = [Buffer.from(root)];
  for (let directory = pending.pop(); directory; directory = pending.pop()) {
    await chmod(directory, 0o700);
    for (const name of await readdir(directory, { encoding: "buffer" })) {
      const child = Buffer.concat([directory, Buffer.from("/"), name]);
      if (!(await lstat(child)).isDirectory()) continue;
      await chmod(child, 0o700);
      const lifted = Buffer.from(`${root}/${randomUUID()}`);
      if (child.length > longPathBytes) await rename(child, lifted);
      pending.push(child.length > longPathBytes ? lifted : child);
    }
  }
}
