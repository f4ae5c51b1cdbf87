import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readProcessTable } from "../../src/process/process-table.js";
import { eventually } from "../../src/testing/eventually.js";
import { runFixture } from "./run-fixture.js";

describe("ending a program", () => {
  let directory: string;
  let heartbeat: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agentbot-process-"));
    heartbeat = join(directory, "heartbeat");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const familyPids = async (): Promise<number[]> => {
    const text = await readFile(heartbeat, "utf8").catch(() => "");
    return text.split("\n").filter(Boolean).map(Number);
  };
  const survivors = async (): Promise<number[]> => {
    const alive = new Set((await readProcessTable())?.map((row) => row.pid));
    return (await familyPids()).filter((pid) => alive.has(pid));
  };
  /** Starts a family and aborts once all three generations are there. */
  const abortFamily = async (traits: readonly string[], killGraceMs: number) => {
    const abort = new AbortController();
    const run = runFixture("family", ["0", ...traits], {
      environment: { HEARTBEAT: heartbeat },
      signal: abort.signal,
      killGraceMs,
    });
    await eventually("three generations", async () => ((await familyPids()).length === 3 ? true : null));
    abort.abort();
    return run;
  };

  test("an abort ends it with its descendants, though each has a session of its own", async () => {
    expect(await abortFamily([], 5000)).toMatchObject({ end: "aborted", exitCode: null, signal: "SIGTERM" });
    expect(await survivors()).toEqual([]);
  });

  test("a program that ignores SIGTERM gets SIGKILL after the grace time", async () => {
    expect(await abortFamily(["deaf"], 200)).toMatchObject({ end: "aborted", signal: "SIGKILL" });
    expect(await survivors()).toEqual([]);
  });

  test("an abort ends descendants whose parent is gone", async () => {
    expect(await abortFamily(["orphan"], 200)).toMatchObject({ end: expect.stringMatching(/aborted|exited/) });
    expect(await survivors()).toEqual([]);
  });

  test("descendants that hold its output open neither delay the end nor survive it", async () => {
    const result = await runFixture("family", ["0", "orphan", "holding"], {
      environment: { HEARTBEAT: heartbeat },
      drainMs: 500,
    });
    expect(result).toMatchObject({ end: "exited", exitCode: 0, signal: null });
    expect(result.lines).toContain("here is 0");
    expect((await familyPids()).length).toBe(3);
    expect(await survivors()).toEqual([]);
  });

  test("the time limit ends it", async () => {
    const result = await runFixture("family", ["0"], { environment: { HEARTBEAT: heartbeat }, timeoutMs: 300 });
    expect(result.end).toBe("timed-out");
    expect(await survivors()).toEqual([]);
  });

  test("an abort before the start starts nothing", async () => {
    const result = await runFixture("family", ["0"], {
      environment: { HEARTBEAT: heartbeat },
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ end: "aborted", exitCode: null, lines: [] });
    expect(await familyPids()).toEqual([]);
  });

  test("a hundred aborted runs leave no process behind", async () => {
    for (let round = 0; round < 10; round += 1) {
      const runs = Array.from({ length: 10 }, async (_, index) => {
        const abort = new AbortController();
        const run = runFixture("say", [], {
          program: "/bin/sh",
          arguments: [
            "-c",
            `echo $$ >> "${heartbeat}"; setsid sleep 600 & echo $! >> "${heartbeat}"; echo up; sleep 600`,
          ],
          environment: { PATH: process.env["PATH"] ?? "" },
          signal: abort.signal,
          onLine: () => abort.abort(),
        });
        // Every second one is aborted whenever it happens to be, the others once they are up.
        if (index % 2 === 0) setTimeout(() => abort.abort(), index * 5);
        expect((await run).end).toBe("aborted");
      });
      await Promise.all(runs);
    }
    expect((await familyPids()).length).toBeGreaterThanOrEqual(100);
    expect(await survivors()).toEqual([]);
  });
});
