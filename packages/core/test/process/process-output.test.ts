import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { runFixture } from "./run-fixture.js";

const hex = (text: string): string => Buffer.from(text).toString("hex");

describe("reading a program's output", () => {
  test("a character split over writes stays whole", async () => {
    const bytes = hex('{"text":"é – 🎉"}\n').match(/../g) ?? [];
    const { lines } = await runFixture("write-bytes", bytes);
    expect(lines).toEqual(['{"text":"é – 🎉"}']);
  });

  test("a last line without an end is a line", async () => {
    const { lines } = await runFixture("write-bytes", [hex("one\ntw"), hex("o")]);
    expect(lines).toEqual(["one", "two"]);
  });

  test("a line that never ends is cut off at the limit, and the program with it", async () => {
    const result = await runFixture("flood", ["endless-line"], { maxLineBytes: 1024, maxOutputBytes: 20_000_000 });
    expect(result).toMatchObject({ end: "output-limit", lines: [] });
  });

  test("a line over the limit is dropped and counted, the others are passed on", async () => {
    const result = await runFixture("write-bytes", [hex("one\n"), hex(`${"x".repeat(200)}\n`), hex("two\n")], {
      maxLineBytes: 100,
    });
    expect(result).toMatchObject({ end: "exited", lines: ["one", "two"], droppedLines: 1 });
  });

  test("endless standard error neither blocks the program nor is kept", async () => {
    const result = await runFixture("flood", ["stderr", "2000000"], { maxStderrBytes: 64 });
    expect(result).toMatchObject({ end: "exited", exitCode: 0 });
    expect(Buffer.byteLength(result.stderrTail)).toBeLessThanOrEqual(64);
    expect(result.stderrTail.endsWith("the last words é\n")).toBe(true);
  });

  test("a million lines do not block the timers of this process", async () => {
    let count = 0;
    let turns = 0;
    const turn = setInterval(() => {
      turns += 1;
    }, 5);
    const result = await runFixture("flood", ["stdout", "1000000"], {
      onLine: (line) => {
        if (JSON.stringify({ line }).length > 0) count += 1;
      },
    });
    clearInterval(turn);
    expect(result).toMatchObject({ end: "exited", exitCode: 0 });
    expect(count).toBe(1_000_000);
    expect(turns).toBeGreaterThan(10);
  });

  test("a slow reader slows the program down and gets every line, although the program has ended long before", async () => {
    const seen: string[] = [];
    const result = await runFixture("write-bytes", [hex("1\n2\n3\n4\n5\n")], {
      drainMs: 20,
      onLine: async (line) => {
        await sleep(50);
        seen.push(line);
      },
    });
    expect(result.end).toBe("exited");
    expect(seen).toEqual(["1", "2", "3", "4", "5"]);
  });
});
