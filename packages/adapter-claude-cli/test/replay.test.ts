import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseLine } from "../src/stream/parse-line.js";
import { recordings } from "./recordings.js";
import { runFixture } from "./run-fixture.js";

const transcripts = fileURLToPath(new URL("./transcripts", import.meta.url));

test("every recording is in the table", () => {
  const names = readdirSync(transcripts).filter((name) => name.endsWith(".jsonl"));
  expect(recordings.map(({ name }) => `${name}.jsonl`).sort()).toEqual(names.sort());
});

const linesOf = (name: string): string[] =>
  readFileSync(join(transcripts, `${name}.jsonl`), "utf8")
    .split("\n")
    .filter(Boolean);

test.each(recordings)("every line of $name is parsed as its kind", ({ name }) => {
  for (const line of linesOf(name)) {
    const { type, subtype } = JSON.parse(line);
    const kinds: Record<string, string> = { init: "init", api_retry: "retry", model_refusal_no_fallback: "refusal" };
    const expected = type === "system" ? kinds[subtype] : type === "stream_event" ? undefined : type;
    expect(parseLine(line).kind).toBe(expected ?? "other");
  }
});

describe.each(["whole", "bytes"])("a recording of the real CLI, played %s", (mode) => {
  test.each(recordings)("$name", async (recording) => {
    const { outcome } = await runFixture("replay", { words: [transcripts, recording.name, mode] });
    expect(outcome).toMatchObject({
      status: recording.reason === null ? "succeeded" : "failed",
      reason: recording.reason,
      isRetryable: recording.isRetryable,
      sessionId: recording.session,
      model: recording.model,
      turns: recording.turns,
      usage: { inputTokens: recording.inputTokens, outputTokens: recording.outputTokens },
    });
    expect(outcome.usage.costUsd).toBeCloseTo(recording.costUsd, 10);
    expect(outcome.summary).toContain(recording.words);
  });
});

const some = recordings.filter(({ name }) => ["success", "api529", "sigterm-hang", "unknownflag"].includes(name));

test.each(some)(
  "$name is the same although a leftover process holds its output open",
  async ({ name, reason, session }) => {
    const { outcome } = await runFixture("replay", { words: [transcripts, name, "held"] });
    expect(outcome).toMatchObject({ reason, sessionId: session });
  },
);

test("the events of a recording follow its lines", async () => {
  const { events } = await runFixture("replay", { words: [transcripts, "success", "bytes"] });
  expect(events).toMatchObject([
    { type: "agent:started", data: { model: "claude-opus-5-5", tools: 22, mcpServers: [], version: "2.1.330" } },
    { type: "agent:message", data: { text: "I will write a file." } },
    { type: "agent:tool-called", data: { tool: "Write", input: expect.stringContaining("hello.txt") } },
    { type: "agent:tool-returned", data: { isError: false, text: expect.stringContaining("created") } },
    { type: "agent:tool-called", data: { tool: "Bash", input: expect.stringContaining("git status") } },
    { type: "agent:tool-returned", data: { isError: false, text: expect.stringContaining("hello.txt") } },
    { type: "agent:message", data: { text: "Done. I created hello.txt and listed the directory." } },
  ]);
  const retried = await runFixture("replay", { words: [transcripts, "flaky529", "whole"] });
  expect(retried.events.filter(({ type }) => type === "agent:retrying")).toMatchObject([
    { data: { attempt: 1, maxAttempts: 10, delayMs: 595, status: 529, error: "overloaded" } },
    { data: { attempt: 2, maxAttempts: 10, delayMs: 1171, status: 529, error: "overloaded" } },
  ]);
});

describe("a recording whose process stays after its last line", () => {
  test.each(recordings.filter(({ turns, reason }) => turns > 0 && reason !== "agent_interrupted"))(
    "$name keeps its result",
    async ({ name, reason, session }) => {
      const { outcome } = await runFixture("replay", {
        words: [transcripts, name, "stays"],
        options: { lingerMs: 100 },
      });
      expect(outcome).toMatchObject({ reason, sessionId: session });
    },
  );
});

test("a resumed run counts only its own cost, although the CLI's total includes earlier runs", async () => {
  const { outcome } = await runFixture("replay", {
    words: [transcripts, "resume-ok", "whole"],
    job: { sessionId: "11111111-1111-4111-8111-111111111111" },
  });
  expect(outcome.usage).toMatchObject({ costUsd: 0.0058, inputTokens: 1200, outputTokens: 50 });
});

test("a recording of a lost session, played on each try, fails in the end and is not retryable", async () => {
  const { outcome } = await runFixture("replay", {
    words: [transcripts, "badresume", "whole"],
    job: { sessionId: "00000000-0000-4000-8000-000000000000" },
  });
  expect(outcome).toMatchObject({ reason: "agent_session_unknown", isRetryable: false, sessionId: null });
});
