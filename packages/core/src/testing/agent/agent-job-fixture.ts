import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentJob } from "../../ports/agent-runner.js";
import type { Launch } from "../../ports/launch.js";
import { createLaunch } from "../../process/create-launch.js";
import { freshId } from "../fresh-id.js";

/** A job with a work tree and a home of its own. `dispose` removes both. */
export interface AgentJobFixture {
  /** The job. */
  readonly job: AgentJob;
  /** Removes its directories. */
  dispose(): Promise<void>;
}

/** Makes a job with empty directories. */
export async function createAgentJobFixture(overrides: Partial<AgentJob> = {}): Promise<AgentJobFixture> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "agentbot-job-")));
  const directory = join(root, "workspace");
  const home = join(root, "home");
  await mkdir(directory);
  await mkdir(home);
  return {
    job: {
      taskId: freshId("task"),
      directory,
      home: { hostDirectory: home, directory: home },
      prompt: "Make the change.",
      sessionId: null,
      budgetUsd: 1,
      timeoutMs: 60_000,
      model: null,
      allowedTools: null,
      mcpServers: [],
      endpoint: null,
      ...overrides,
    },
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

/** Returns a launch that runs programs in a job's work tree without a sandbox. */
export function launchFor({ directory }: Pick<AgentJob, "directory">): Launch {
  return createLaunch({ sandbox: { command: (command) => command, environment: {} }, directory });
}
