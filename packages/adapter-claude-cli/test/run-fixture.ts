import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentEvent, AgentJob, AgentOutcome, Launch } from "@agentbot/core";
import { createAgentJobFixture, launchFor } from "@agentbot/core/testing";
import { type ClaudeRunnerOptions, createClaudeRunner } from "../src/index.js";

/** Options of {@link runFixture}. */
export interface FixtureRun {
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly options?: Partial<ClaudeRunnerOptions>;
  readonly job?: Partial<AgentJob>;
  readonly signal?: AbortSignal;
  readonly launch?: Launch;
  readonly onEvent?: (event: AgentEvent) => void;
}

/** The path of a fixture program. */
function fixturePath(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url));
}

/** Options of a runner whose CLI is a fixture program. */
export function fixtureOptions(name: string, run: FixtureRun = {}): ClaudeRunnerOptions {
  return {
    program: process.execPath,
    programArguments: [fixturePath(name), ...(run.words ?? [])],
    environment: { PATH: "/usr/bin:/bin", ...run.environment },
    killGraceMs: 300,
    ...run.options,
  };
}

/** Runs a fixture program as if it were the CLI, on a job of its own. */
export async function runFixture(
  name: string,
  run: FixtureRun = {},
): Promise<{ readonly outcome: AgentOutcome; readonly events: readonly AgentEvent[] }> {
  const { job, dispose } = await createAgentJobFixture(run.job);
  const events: AgentEvent[] = [];
  const onEvent = run.onEvent ?? ((event: AgentEvent) => events.push(event));
  try {
    const signal = run.signal ?? new AbortController().signal;
    const context = { signal, onEvent, launch: run.launch ?? launchFor(job) };
    const outcome = await createClaudeRunner(fixtureOptions(name, run)).run(job, context);
    return { outcome, events };
  } finally {
    await dispose();
  }
}

/** Runs a program that writes the steps; see `fixtures/speak.mjs`. */
export async function runSpeech(steps: readonly unknown[], run: FixtureRun = {}): ReturnType<typeof runFixture> {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-speech-"));
  try {
    const path = join(directory, "speech.json");
    await writeFile(path, JSON.stringify(steps));
    return await runFixture("speak", { ...run, words: [path] });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
