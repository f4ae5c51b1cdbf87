import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endOrphans } from "../../src/process/end-process-tree.js";
import { isRunnerDead, newProcessTag, readProcessTable } from "../../src/process/process-table.js";
import { eventually } from "../../src/testing/eventually.js";
import { runFixture } from "./run-fixture.js";

const program = fileURLToPath(new URL("./fixtures/runner.mjs", import.meta.url));

describe("a runner killed with SIGKILL", () => {
  let directory: string;
  const runners: ChildProcess[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agentbot-orphans-"));
  });
  afterEach(async () => {
    for (const runner of runners) runner.kill("SIGKILL");
    await Promise.all(runners.map((runner) => runner.exitCode ?? runner.signalCode ?? once(runner, "exit")));
    await endOrphans();
    await rm(directory, { recursive: true, force: true });
  });

  const pidsOf = async (heartbeat: string): Promise<number[]> => {
    const text = await readFile(heartbeat, "utf8").catch(() => "");
    return text.split("\n").filter(Boolean).map(Number);
  };
  const survivorsOf = async (heartbeat: string): Promise<number> => {
    const alive = new Set((await readProcessTable())?.map((row) => row.pid));
    return (await pidsOf(heartbeat)).filter((pid) => alive.has(pid)).length;
  };
  /** Starts a runner and waits until all three generations of what it runs are there. */
  const startRunner = async (name: string, ...traits: string[]) => {
    const heartbeat = join(directory, name);
    const runner = fork(program, traits, { env: { HEARTBEAT: heartbeat }, execArgv: [] });
    runners.push(runner);
    await eventually("three generations", async () => ((await pidsOf(heartbeat)).length === 3 ? true : null));
    return { runner, heartbeat };
  };

  test("leaves its program behind, and the next sweep ends all its processes, although they ignore SIGTERM", async () => {
    const { runner, heartbeat } = await startRunner("dead", "deaf");
    runner.kill("SIGKILL");
    await once(runner, "exit");
    await endOrphans();
    expect(await survivorsOf(heartbeat)).toBe(0);
  });

  test("is swept without touching the programs of living runners", async () => {
    const dead = await startRunner("dead");
    const living = await startRunner("living");
    const lines: string[] = [];
    const mine = runFixture("say", [], {
      program: "/bin/sh",
      arguments: ["-c", "echo up; read -r word; echo done"],
      onLine: async (line) => {
        lines.push(line);
        if (line !== "up") return;
        dead.runner.kill("SIGKILL");
        await once(dead.runner, "exit");
        await endOrphans();
      },
    });
    expect(await mine).toMatchObject({ end: "exited" });
    expect(lines).toEqual(["up", "done"]);
    expect([await survivorsOf(dead.heartbeat), await survivorsOf(living.heartbeat)]).toEqual([0, 3]);
  });
});

describe("the tag of a process", () => {
  test("identifies a living runner, even if its pid is used again", () => {
    const tag = newProcessTag();
    const [pid = "", startTime = "", namespace = "", ...id] = tag.split("-");
    expect(isRunnerDead(tag)).toBe(false);
    expect(isRunnerDead([pid, Number(startTime) + 1, namespace, ...id].join("-"))).toBe(true);
  });

  test("counts as a living runner's if it is from another PID namespace or malformed", () => {
    const [pid = "", startTime = "", namespace = "", ...id] = newProcessTag().split("-");
    const elsewhere = [pid, Number(startTime) + 1, Number(namespace) + 1, ...id].join("-");
    for (const tag of [elsewhere, "", "x", "0199c0de-0000-7000-8000-000000000000"]) {
      expect(isRunnerDead(tag)).toBe(false);
    }
  });
});
