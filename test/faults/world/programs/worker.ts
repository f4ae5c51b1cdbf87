import { createGateway, createLifecycleEvents, createNoSandbox, createWorker } from "@agentbot/core";
import { readSettings } from "../process-settings.js";
import { createAgent } from "./agent-runner.js";
import { createBranchWorkspaces } from "./branch-workspaces.js";
import { composeShared } from "./compose-shared.js";
import { serve } from "./serve.js";
import { shiftClock } from "./shift-clock.js";

const settings = readSettings();
shiftClock(settings);
const { shared, cleanup } = await composeShared(settings);
const events = createLifecycleEvents({ logger: shared.logger });
events.on("task:begun", ({ task }) => shared.logger.info({ taskId: task.id }, "begun"));
const worker = createWorker({
  ...shared,
  events,
  sandbox: createNoSandbox(),
  agent: createAgent(settings),
  workspaces: createBranchWorkspaces(settings),
  concurrency: settings.concurrency,
  leaseMs: settings.leaseMs,
  reconcileIntervalMs: settings.reconcileIntervalMs,
  shutdownGraceMs: settings.shutdownGraceMs,
  maxAttempts: settings.maxAttempts,
  effectRecheckMs: settings.effectRecheckMs,
  retryBackOff: { baseMs: 100, capMs: 1000 },
  dailyBudgetUsd: 1_000_000,
});
const gateway = createGateway({ ...shared, providers: [], health: { readiness: [worker.readiness] } });
await serve(settings, { logger: shared.logger, cleanup }, { gateway, worker });
