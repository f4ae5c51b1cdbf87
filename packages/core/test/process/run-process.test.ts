import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runFixture } from "./run-fixture.js";

describe("running a program", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agentbot-process-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("passes exactly the arguments, input, directory and environment of the request", async () => {
    const words = ["--flag", "a b", "$(id)", "`id`", ";", "*", "é"];
    const environment = { ONLY: "this", EXIT_CODE: "0" };
    const result = await runFixture("say", words, { environment, stdin: "the input é", directory });

    expect(result).toMatchObject({ end: "exited", exitCode: 0, signal: null, startError: null, droppedLines: 0 });
    expect(JSON.parse(result.lines[0] ?? "")).toEqual({ words, environment, input: "the input é", directory });
    expect(result.stderrTail).toBe("a word on the side\n");
  });

  test("inherits nothing of the parent's environment", async () => {
    process.env["AGENTBOT_TEST_CANARY"] = "secret";
    try {
      const result = await runFixture("say");
      expect(JSON.parse(result.lines[0] ?? "").environment).toEqual({});
    } finally {
      delete process.env["AGENTBOT_TEST_CANARY"];
    }
  });

  test("returns an exit code or the signal that killed the program", async () => {
    const failed = await runFixture("say", [], { environment: { EXIT_CODE: "7" } });
    expect(failed).toMatchObject({ end: "exited", exitCode: 7, signal: null });

    const killed = await runFixture("say", [], { program: "/bin/sh", arguments: ["-c", "kill -9 $$"] });
    expect(killed).toMatchObject({ end: "exited", exitCode: null, signal: "SIGKILL" });
  });

  test("a program that never reads its input is not an error", async () => {
    const result = await runFixture("say", [], { program: "/bin/true", arguments: [], stdin: "x".repeat(5_000_000) });
    expect(result).toMatchObject({ end: "exited", exitCode: 0 });
  });

  test("a missing program is a value with the system's code", async () => {
    const result = await runFixture("say", [], { program: join(directory, "nowhere") });
    expect(result).toMatchObject({ end: "not-started", exitCode: null, startError: { code: "ENOENT" } });
    expect(result.startError?.message).toContain("nowhere");
  });

  test("a file that may not be executed is a value with the system's code", async () => {
    const program = join(directory, "plain.txt");
    await writeFile(program, "text", { mode: 0o644 });
    expect(await runFixture("say", [], { program })).toMatchObject({
      end: "not-started",
      startError: { code: "EACCES" },
    });
  });

  test("a missing directory is not mistaken for a missing program", async () => {
    const result = await runFixture("say", [], { directory: join(directory, "nowhere") });
    expect(result).toMatchObject({ end: "not-started", startError: { code: "ENOTDIR" } });
  });

  test("an argument that the system can't pass is a value", async () => {
    const result = await runFixture("say", ["nul \0 byte"]);
    expect(result).toMatchObject({ end: "not-started", startError: { code: "ERR_INVALID_ARG_VALUE" } });
  });

  test("an error of onLine ends the program and is thrown", async () => {
    const broken = new Error("broken reader");
    await expect(
      runFixture("flood", ["stdout", "1000000000"], {
        onLine: () => {
          throw broken;
        },
      }),
    ).rejects.toBe(broken);
  });
});
