import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rejectsWithCode } from "@agentbot/core/testing";
import { bundleProgram } from "@agentbot/test-services";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GitRun, runGit } from "../../src/git/run-git.js";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agentbot-run-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** The runner takes any program: a shell can do what git does not do on demand. */
function shell(script: string, changes: Partial<GitRun> = {}): GitRun {
  return {
    program: "sh",
    arguments: ["-c", script],
    directory,
    environment: { PATH: "/usr/bin:/bin" },
    input: "",
    maxOutputBytes: 1_000_000,
    timeoutMs: 240_000,
    signal: new AbortController().signal,
    ...changes,
  };
}

async function pidFrom(path: string): Promise<number> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.endsWith("\n")) return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A killed process may still be there for a moment, until its new parent has noticed. */
async function gone(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return !isAlive(pid) || / Z /.test(state);
}

test("a program gets its input and nothing of this process's environment, and its output and exit code are returned", async () => {
  const end = await runGit(shell("cat; env | cut -d= -f1 | sort; echo oops >&2; exit 3", { input: "hello\n" }));
  const names = end.stdout
    .toString("utf8")
    .split("\n")
    .slice(1)
    .filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name));
  expect(end.stdout.toString("utf8")).toMatch(/^hello\n/);
  expect(names.filter(Boolean)).toEqual(["PATH"]);
  expect([end.exitCode, end.stderr, end.stopped]).toEqual([3, "oops\n", null]);
});

test("an abort ends the process and its children, also those that ignore SIGTERM", async () => {
  const abort = new AbortController();
  const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > child; sleep 600' & wait; sleep 600`;
  const running = runGit(shell(script, { signal: abort.signal }));
  const pid = await pidFrom(join(directory, "child"));
  abort.abort(new Error("stop it"));
  await expect(running).rejects.toThrow("stop it");
  expect(await gone(pid)).toBe(true);
});

test("a process that takes too long, or writes too much, is stopped", async () => {
  expect((await runGit(shell("sleep 600", { timeoutMs: 50 }))).stopped).toBe("timeout");
  const loud = await runGit(shell("while :; do echo noise; done", { maxOutputBytes: 1_000 }));
  expect([loud.stopped, loud.stdout.length]).toEqual(["output", 1_000]);
});

test("a grandchild that keeps the output open is not waited for", async () => {
  const end = await runGit(shell("sleep 600 & echo $! > child; echo done"));
  expect([end.exitCode, end.stdout.toString("utf8")]).toEqual([0, "done\n"]);
  process.kill(await pidFrom(join(directory, "child")), "SIGKILL");
});

test("a missing program is named in the error, and an unread input is not an error", async () => {
  const missing = runGit(shell("", { program: "no-such-git" }));
  await rejectsWithCode(missing, "PROCESS_FAILED");
  await expect(missing).rejects.toMatchObject({ isRetryable: false, message: expect.stringContaining("no-such-git") });
  expect((await runGit(shell("exit 0", { input: "x".repeat(5_000_000) }))).exitCode).toBe(0);
});

test("a process without a free file descriptor is answered with an error, and works when it has some", async () => {
  const program = await bundleProgram(new URL("../fixtures/exhaust-descriptors.ts", import.meta.url));
  try {
    const end = await runGit(shell(`ulimit -n 64; exec '${process.execPath}' '${program.path}'`));
    expect(JSON.parse(end.stdout.toString("utf8") || JSON.stringify(end.stderr))).toEqual({
      exhausted: ["PROCESS_FAILED", "EMFILE"],
      free: ["exited 0", "exited"],
    });
  } finally {
    await program.remove();
  }
});
