import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentJob, AgentOutcome, AgentRunContext, AgentRunner } from "@agentbot/core";
import { noUsage, sleep } from "@agentbot/core/adapter";
import { runProcess } from "@agentbot/core/process";
import type { ProcessSettings } from "../process-settings.js";

const done: AgentOutcome = {
  status: "succeeded",
  reason: null,
  isRetryable: false,
  summary: "Done.",
  sessionId: null,
  model: "scripted",
  turns: 1,
  usage: { ...noUsage, costUsd: 0.01 },
};
const aborted = { status: "failed", reason: "agent_aborted", isRetryable: true, summary: "Stopped." } as const;

/** Words in a request that have an agent inside the worker take the whole worker with it. */
const poison = "drink the poison";

/** An agent that writes down when it begins and ends, works for `agentMs`, and leaves one changed file. */
export function createAgent(settings: ProcessSettings): AgentRunner {
  const run = settings.agentProgram === null ? runInside : runOutside;
  return { name: "scripted", credential: "held", run: (job, context) => run(settings, job, context) };
}

async function runOutside(
  { agentProgram, agentMs, directory }: ProcessSettings,
  job: AgentJob,
  { signal }: AgentRunContext,
): Promise<AgentOutcome> {
  const { end, exitCode } = await runProcess({
    program: "/bin/sh",
    arguments: [agentProgram ?? "", job.taskId, String(agentMs / 1000), join(directory, "agent-runs")],
    directory: job.directory,
    environment: { PATH: process.env["PATH"] ?? "" },
    signal,
    killGraceMs: 500,
    endsWithParent: {},
  });
  if (signal.aborted) return { ...done, ...aborted };
  if (end === "exited" && exitCode === 0) return done;
  return { ...done, ...aborted, reason: "agent_interrupted" };
}

/** The same, without a process. */
async function runInside(
  { agentMs, directory }: ProcessSettings,
  job: AgentJob,
  { signal }: AgentRunContext,
): Promise<AgentOutcome> {
  const log = join(directory, "agent-runs");
  await appendFile(log, `begin ${job.taskId} ${process.pid}\n`);
  if (job.prompt.includes(poison)) process.kill(process.pid, "SIGKILL");
  await sleep(agentMs, signal);
  if (signal.aborted) return { ...done, ...aborted };
  await writeFile(join(job.directory, "fixed.txt"), `${job.taskId}\n`);
  await appendFile(log, `end ${job.taskId} ${process.pid}\n`);
  return done;
}
