import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** A process as other ones see it; its number means nothing outside its PID namespace, e.g. in another container. */
export const lifeSignSchema = z.object({
  pid: z.int(),
  host: z.string(),
  /** The kernel, and the file system of the directory: within one place, one path leads to one socket. */
  place: z.string(),
  /** Name of the socket in the directory that listens while the process lives, or null where none can. */
  socket: z
    .string()
    .regex(/^lock-[0-9a-f]{16}\.socket$/)
    .nullable(),
});

/** The parsed form of {@link lifeSignSchema}. */
export type LifeSign = z.output<typeof lifeSignSchema>;

/** Shows that this process is alive until `end`; harmless when repeated. */
export interface ShownLifeSign extends LifeSign {
  end(): void;
}

/** The longest path of a socket in bytes (`sun_path` of unix(7) and of macOS, with its end): a longer one would be cut. */
const maxSocketPathBytes = 103;

/**
 * Listens on a socket in the directory. The kernel ends it with the process, however that ends, and lets every process that
 * sees the directory connect, in whatever PID or network namespace. A stopped process (SIGSTOP, a paused container) keeps it.
 */
export async function showLifeSign(directory: string): Promise<ShownLifeSign> {
  const name = `lock-${randomBytes(8).toString("hex")}.socket`;
  const path = join(directory, name);
  // A child process does not inherit the socket: an agent that outlives this process holds nothing.
  const server = createServer((connection) => connection.destroy()).unref();
  const end = (): void => {
    server.close();
    rmSync(path, { force: true });
  };
  // Some shared file systems make a socket that no process can connect to.
  const isShown = isReachable(path) && (await listen(server, path)) && (await answers(path));
  if (!isShown) end();
  return { pid: process.pid, host: hostname(), place: placeOf(directory), socket: isShown ? name : null, end };
}

/** Whether the process of a sign is alive; null where no socket can show it, e.g. to another machine. */
export async function isAlive(directory: string, sign: LifeSign): Promise<boolean | null> {
  if (sign.socket === null || sign.place !== placeOf(directory)) return null;
  const path = join(directory, sign.socket);
  return isReachable(path) ? await answers(path) : null;
}

function placeOf(directory: string): string {
  return `${kernelId()}:${statSync(directory).dev}`;
}

/** The running kernel: the id of its boot on Linux, elsewhere the name of the machine. */
function kernelId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return hostname();
  }
}

function isReachable(path: string): boolean {
  return process.platform !== "win32" && Buffer.byteLength(path) <= maxSocketPathBytes;
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.on("error", () => resolve(false));
    // Exclusive: a worker of `node:cluster` would hand it to its primary.
    server.listen({ path, exclusive: true }, () => resolve(true));
  });
}

/** Only a refused connection, or a missing socket, is certain: the queue of a stopped process may be full. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect({ path });
    connection.on("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}
