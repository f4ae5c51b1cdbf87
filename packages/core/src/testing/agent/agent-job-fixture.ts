import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentJob } from "../../ports/agent-runner.js";
import { freshId } from "../fresh-id.js";

/** A job in a work tree and a home of its own, and the end of both. */
export interface AgentJobFixture {
  readonly job: AgentJob;
  dispose(): Promise<void>;
}

/** Makes a job with empty directories. */
export async function createAgentJobFixture(overrides: Partial<AgentJob> = {}): Promise<AgentJobFixture> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "agentbot-job-")));
  const directory = join(root, "workspace");
  const homeDirectory = join(root, "home");
  await mkdir(directory);
  await mkdir(homeDirectory);
  return {
    job: {
      taskId: freshId("task"),
      directory,
      homeDirectory,
      prompt: "Make the change.",
      sessionId: null,
      budgetUsd: 1,
      timeoutMs: 60_000,
      ...overrides,
    },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}
