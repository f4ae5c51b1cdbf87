import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SetupCheck } from "../composition/check-setup.js";
import type { Sandbox } from "../ports/sandbox.js";
import type { SetupProblem } from "../ports/setup-problem.js";
import { createLaunch } from "../process/create-launch.js";
import { createNoSandbox } from "../sandbox/create-no-sandbox.js";
import type { WorkerOptions } from "./worker-options.js";

/** The checks of what only a worker has. */
export function workerChecks({
  agent,
  sandbox,
  workspaces,
}: Pick<WorkerOptions, "agent" | "sandbox" | "workspaces">): readonly SetupCheck[] {
  return [
    { part: agent.name, run: ({ signal }) => checkAgent({ agent, sandbox }, signal) },
    { part: "workspaces", run: async (options) => workspaces.check?.(options) ?? [] },
  ];
}

/**
 * Checks the agent in its sandbox. Where that cannot start, no agent is started until it can, so that what is wrong with the
 * agent is a warning.
 */
async function checkAgent(
  { agent, sandbox }: Pick<WorkerOptions, "agent" | "sandbox">,
  signal: AbortSignal,
): Promise<readonly SetupProblem[]> {
  const readiness = await sandbox.check({ signal });
  if (readiness.status === "ready") return await checkInside(agent, sandbox, signal);
  const message = `The sandbox ${sandbox.name} cannot start, and no task is claimed until it can: ${readiness.reason}`;
  const problems = await checkInside(agent, createNoSandbox(), signal);
  return [
    { part: "sandbox", severity: "warning", message },
    ...problems.map((problem) => ({ ...problem, severity: "warning" as const })),
  ];
}

/** Runs the agent's own check over an empty work tree and home: a program of it finds nothing there. */
async function checkInside(
  agent: WorkerOptions["agent"],
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<readonly SetupProblem[]> {
  if (!agent.check) return [];
  const directory = await mkdtemp(join(tmpdir(), "agentbot-check-"));
  const [workspace, home] = [join(directory, "workspace"), join(directory, "home")];
  try {
    await Promise.all([workspace, home].map((path) => mkdir(path, { mode: 0o700 })));
    const opened = await sandbox.open({ workspace, home, readOnly: [], network: "host" }, { signal });
    try {
      return await agent.check({ signal, launch: createLaunch({ sandbox: opened, directory: workspace }) });
    } finally {
      await opened.dispose();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
