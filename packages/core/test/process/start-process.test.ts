import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startProcess } from "../../src/process/index.js";
import { readProcessTable } from "../../src/process/process-table.js";
import { eventually } from "../../src/testing/eventually.js";

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url));

let directory: string;
let heartbeat: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agentbot-start-"));
  heartbeat = join(directory, "heartbeat");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const familyIds = async (): Promise<number[]> => {
  const text = await readFile(heartbeat, "utf8").catch(() => "");
  return text.split("\n").filter(Boolean).map(Number);
};
const stateOf = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => ") gone");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0] ?? "";
};
const survivors = async (): Promise<number> => {
  const alive = new Set((await readProcessTable())?.map(({ pid }) => pid));
  return (await familyIds()).filter((pid) => alive.has(pid)).length;
};
const allThere = (): Promise<boolean> =>
  eventually("three generations", async () => ((await familyIds()).length === 3 ? true : null));

describe("a started program", () => {
  const start = (words: readonly string[] = [], abort = new AbortController()) =>
    startProcess({
      program: process.execPath,
      arguments: [fixture("family"), "0", ...words],
      directory: "/",
      environment: { HEARTBEAT: heartbeat },
      signal: abort.signal,
    });

  test("runs until it is aborted, and then nothing of it is left", async () => {
    const abort = new AbortController();
    const started = await start([], abort);
    await allThere();
    expect(started.processId).toBe((await familyIds())[0]);
    abort.abort();
    expect(await started.result).toMatchObject({ end: "aborted" });
    expect(await survivors()).toBe(0);
  });

  test("gets a signal alone, or with all its descendants", async () => {
    const started = await start();
    await allThere();
    const states = async (): Promise<string> => (await Promise.all((await familyIds()).map(stateOf))).join("");
    const stopped = (wanted: RegExp) =>
      eventually(`${wanted}`, async () => (wanted.test(await states()) ? true : null));
    await started.signal("SIGSTOP", "program");
    await stopped(/^T[RSD][RSD]$/);
    await started.signal("SIGSTOP", "all");
    await stopped(/^TTT$/);
    await started.signal("SIGCONT", "all");
    await stopped(/^[RSD]{3}$/);
    await started.signal("SIGKILL", "program");
    expect(await started.result).toMatchObject({ end: "exited", signal: "SIGKILL" });
    expect(await survivors()).toBe(0);
    await started.signal("SIGKILL", "program");
    await started.signal("SIGKILL", "all");
  });

  test("that can't be started has no process, and its result has the reason", async () => {
    const { signal } = new AbortController();
    const request = { program: "/nowhere/program", arguments: [], directory: "/", environment: {}, signal };
    const started = await startProcess({ ...request, endsWithParent: {} });
    expect(started.processId).toBeNull();
    await started.signal("SIGTERM", "all");
    expect(await started.result).toMatchObject({ end: "not-started", startError: { code: "ENOENT" } });
  });

  test("has the rights of another user if root starts it", async () => {
    const isRoot = process.getuid?.() === 0;
    const lines: string[] = [];
    const started = await startProcess({
      program: "/usr/bin/id",
      arguments: ["-u"],
      directory: "/",
      environment: {},
      signal: new AbortController().signal,
      user: isRoot ? { userId: 65_534, groupId: 65_534 } : { userId: 0, groupId: 0 },
      onLine: (line) => void lines.push(line),
    });
    const result = await started.result;
    if (isRoot) expect(lines).toEqual(["65534"]);
    else expect(result).toMatchObject({ end: "not-started", startError: { code: "EPERM" } });
  });
});

describe("a program that ends with its parent", () => {
  const parents: ChildProcess[] = [];
  afterEach(() => {
    for (const parent of parents) parent.kill("SIGKILL");
  });

  test("is killed with its children when the parent is, and its directories are removed", async () => {
    const kept = join(directory, "kept");
    const doomed = join(directory, "it's doomed");
    const parent = fork(fixture("parent"), [doomed, kept], { env: { HEARTBEAT: heartbeat }, execArgv: [] });
    parents.push(parent);
    await allThere();
    await Promise.all([access(doomed), access(kept)]);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await eventually("the end of the family's first two", async () => ((await survivors()) <= 1 ? true : null));
    await eventually("the end of the directory", () =>
      access(doomed).then(
        () => null,
        () => true,
      ),
    );
    await access(kept);
    for (const pid of await familyIds()) if ((await stateOf(pid)) !== "gone") process.kill(pid, "SIGKILL");
  });

  test("that ends by itself leaves no watching shell behind", async () => {
    const watchers = async (): Promise<number> => {
      const rows = (await readProcessTable()) ?? [];
      return rows.filter(({ parentPid }) => parentPid === process.pid).length;
    };
    const before = await watchers();
    const started = await startProcess({
      program: "/bin/true",
      arguments: [],
      directory: "/",
      environment: {},
      signal: new AbortController().signal,
      endsWithParent: { removeDirectories: [directory] },
    });
    expect(await started.result).toMatchObject({ end: "exited", exitCode: 0 });
    expect(await watchers()).toBe(before);
    await access(directory);
  });
});
