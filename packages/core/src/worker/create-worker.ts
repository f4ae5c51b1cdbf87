import { setMaxListeners } from "node:events";
import { createPermissionPolicy } from "../access/create-permission-policy.js";
import { runClaimedCommand } from "../commands/run-claimed-command.js";
import { runSetupChecks, sharedChecks } from "../composition/check-setup.js";
import { withSharedDefaults } from "../composition/shared-options.js";
import { parseOptions } from "../errors/parse-options.js";
import { within } from "../lifecycle/deadline.js";
import { once } from "../lifecycle/once.js";
import { unlessAborted } from "../lifecycle/unless-aborted.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Sandbox, SandboxReadiness } from "../ports/sandbox.js";
import type { SetupProblem } from "../ports/setup-problem.js";
import type { ClaimedEntry, QueueEntry } from "../ports/task-queue.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import { endOrphans } from "../process/end-process-tree.js";
import { runReconciler } from "../reconciler/reconcile.js";
import { createRepositoryResolver } from "../repositories/create-repository-resolver.js";
import { runRetention } from "../retention/run-retention.js";
import { createLastAttemptGate } from "./attempts.js";
import { workerChecks } from "./check-agent.js";
import { runClaimLoop } from "./claim-loop.js";
import { runClaimedTask } from "./run/run-claimed-task.js";
import type { WorkerDeps } from "./worker-deps.js";
import { type WorkerOptions, type WorkerSettings, workerOptionsSchema } from "./worker-options.js";

export type { WorkerOptions } from "./worker-options.js";

/** The working half of the bot. Constructing is inert. */
export interface Worker {
  /** Returns what is wrong with the providers, the agent, the work trees, the store and the queue: see `Bot.check`. */
  check(options: { readonly signal: AbortSignal }): Promise<readonly SetupProblem[]>;
  /** Starts claiming and reconciling. Idempotent. */
  start(): Promise<void>;
  /**
   * Stops claiming, lets runs end for `shutdownGraceMs`, then aborts them and gives their tasks back; closes the providers.
   * Idempotent.
   */
  stop(): Promise<void>;
  /** Returns null if it can work, else why not: a probe for the gateway's readiness. */
  readiness(): string | null;
}

/**
 * Claims tasks and runs each through the pipeline, and answers commands. Any number of processes may have a worker. Its
 * stop closes the providers; store, queue and the other ports stay the caller's to close.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createWorker(options: WorkerOptions): Worker {
  const settings = parseOptions("createWorker", workerOptionsSchema, options);
  const { deps, ownsOutages } = fillIn(options, settings);
  const { queue, clock, logger, outages } = deps;
  const stopping = new AbortController();
  const graceOver = new AbortController();
  // Each run listens while it lasts; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, graceOver.signal);
  const { signal } = stopping;
  let unreadyReason: string | null = "the sandbox has not been checked yet";
  let working: Promise<unknown> = Promise.resolve();

  const claim = (
    kind: QueueEntry["kind"],
    concurrency: number,
    work: (entry: ClaimedEntry) => Promise<void>,
  ): Promise<void> => {
    const { leaseMs } = settings;
    return runClaimLoop({ queue, kind, concurrency, leaseMs, clock, logger, outages, signal, work });
  };
  const runTasks = async (): Promise<void> => {
    await awaitSandbox(deps.sandbox, deps, signal, (reason) => {
      unreadyReason = reason;
    });
    await claim("task", settings.concurrency, (entry) => runClaimedTask(entry, deps, graceOver.signal));
  };
  const answerCommands = (): Promise<void> =>
    claim("command", commandConcurrency, (entry) => runClaimedCommand(entry, deps, graceOver.signal));
  const reconcile = (): Promise<void> => {
    const { outbox } = deps.store;
    return runReconciler({ outbox, queue, intervalMs: settings.reconcileIntervalMs, clock, logger, outages, signal });
  };
  const prune = (): Promise<void> => {
    const { store, workspaces, random } = deps;
    const { retention } = settings;
    return runRetention({ store, workspaces, settings: retention, clock, random, logger, outages, signal });
  };

  const checks = [...sharedChecks(options), ...workerChecks(options)];
  return {
    check: (context) => runSetupChecks(checks, { clock, signal: context.signal }),
    start: once(async () => {
      if (!signal.aborted) working = Promise.all([runTasks(), answerCommands(), reconcile(), prune()]);
    }),
    stop: once(async () => {
      stopping.abort();
      const ended = new AbortController();
      void clock.sleep(settings.shutdownGraceMs, ended.signal).then(() => {
        if (!ended.signal.aborted) graceOver.abort();
      });
      try {
        await working;
      } finally {
        ended.abort();
        await closeProviders(deps);
        if (ownsOutages) outages.close();
      }
    }),
    readiness: () => (signal.aborted ? "the worker is stopping" : unreadyReason),
  };
}

/** Maximum time for what providers give back at the end, in milliseconds. */
const closeTimeoutMs = 5000;

async function closeProviders({ providers, clock, logger }: WorkerDeps): Promise<void> {
  const { signal } = new AbortController();
  const closings = [...providers.values()].map(async ({ name, lifecycle }) => {
    try {
      await within(closeTimeoutMs, { clock, signal }, async (late) => await lifecycle?.close?.({ signal: late }));
    } catch (error) {
      logger.warn({ err: error, provider: name }, "A provider could not be closed fully");
    }
  });
  await Promise.all(closings);
}

/** Maximum number of commands that are answered at once: each only waits for its provider, which may hang. */
const commandConcurrency = 20;

function fillIn(options: WorkerOptions, settings: WorkerSettings) {
  const { agent, sandbox, workspaces } = options;
  const { providers, ownsOutages, ...shared } = withSharedDefaults(options, { version: "0.0.0" });
  const deps: WorkerDeps = {
    ...shared,
    ...{ agent, sandbox, workspaces, settings },
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    resolver: options.resolver ?? createRepositoryResolver(),
    access: options.access ?? createPermissionPolicy({ codeHosts: codeHostsOf(providers), clock: shared.clock }),
    indexer: options.indexer ?? null,
    random: options.random ?? Math.random,
    endOrphans: options.endOrphans ?? endOrphans,
    quotas: { user: options.userTasks ?? null, repository: options.repositoryTasks ?? null },
    secrets: settings.secrets,
    lastAttemptGate: createLastAttemptGate(settings.maxAttempts),
  };
  return { deps, ownsOutages };
}

function codeHostsOf(providers: readonly WebhookProvider[]) {
  return new Map(providers.flatMap(({ name, codeHost }) => (codeHost ? [[name, codeHost] as const] : [])));
}

const recheckMs = 30_000;

/** Resolves when the sandbox can start or the signal aborts, and reports why it cannot start until then. Never throws. */
async function awaitSandbox(
  sandbox: Sandbox,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
  onChange: (unreadyReason: string | null) => void,
): Promise<void> {
  while (!signal.aborted) {
    const readiness = await check(sandbox, logger, signal);
    if (readiness.status === "ready") return onChange(null);
    if (signal.aborted) return;
    const { reason } = readiness;
    onChange(`the sandbox ${sandbox.name} cannot start: ${reason}`);
    logger.error({ sandbox: sandbox.name, reason }, "The sandbox cannot start; no task is claimed until it can");
    await clock.sleep(recheckMs, signal);
  }
}

async function check(sandbox: Sandbox, logger: Logger, signal: AbortSignal): Promise<SandboxReadiness> {
  try {
    return await unlessAborted(sandbox.check({ signal }), signal);
  } catch (error) {
    if (!signal.aborted) logger.error({ err: error, sandbox: sandbox.name }, "The sandbox could not be checked");
    return { status: "unavailable", reason: "its check failed; the log says how" };
  }
}
