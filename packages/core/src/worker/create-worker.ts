import { setMaxListeners } from "node:events";
import { z } from "zod";
import { type SharedOptions, sharedOptionsShape, withSharedDefaults } from "../composition/shared-options.js";
import { parseOptions } from "../errors/parse-options.js";
import { portSchema, rateLimiterSchema } from "../errors/port-schema.js";
import { maxTimerMs } from "../lifecycle/deadline.js";
import { once } from "../lifecycle/once.js";
import type { AgentRunner } from "../ports/agent-runner.js";
import type { CodeIndexer } from "../ports/code-indexer.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { Sandbox } from "../ports/sandbox.js";
import type { WorkspaceFactory } from "../ports/workspace-factory.js";
import { endOrphans } from "../process/end-orphans.js";
import { runReconciler } from "../reconciler/run-reconciler.js";
import { type RetentionOptions, retentionSchema } from "../retention/retention-options.js";
import { runRetention } from "../retention/run-retention.js";
import { awaitSandbox } from "./await-sandbox.js";
import { runClaimLoop } from "./claim-loop.js";
import { createLastAttempts } from "./run/last-attempts.js";
import { runClaimedEntry } from "./run/run-claimed-entry.js";
import type { WorkerParts } from "./worker-parts.js";

/** The form of {@link WorkerOptions}. */
export const workerOptionsSchema = z.strictObject({
  ...sharedOptionsShape,
  agent: portSchema<AgentRunner>("an AgentRunner", ["run"]),
  workspaces: portSchema<WorkspaceFactory>("a WorkspaceFactory", ["prepare"]),
  indexer: portSchema<CodeIndexer>("a CodeIndexer", ["map"]).optional(),
  sandbox: portSchema<Sandbox>("a Sandbox", ["check", "wrap"]).optional(),
  random: z.custom<() => number>((value) => typeof value === "function", "expected a function").optional(),
  endOrphans: z.custom<() => Promise<void>>((value) => typeof value === "function", "expected a function").optional(),
  userTasks: rateLimiterSchema.optional(),
  repositoryTasks: rateLimiterSchema.optional(),
  secrets: z.array(z.string()).default([]),
  botName: z.string().min(1).default("agentbot"),
  concurrency: z.int().positive().default(2),
  leaseMs: z.int().min(100).max(maxTimerMs).default(30_000),
  taskTimeoutMs: z.int().positive().max(maxTimerMs).default(1_800_000),
  maxAttempts: z.int().positive().default(3),
  shutdownGraceMs: z.int().min(0).max(maxTimerMs).default(25_000),
  taskBudgetUsd: z.number().positive().default(5),
  dailyBudgetUsd: z.number().positive().default(100),
  retryBackOff: z
    .strictObject({ baseMs: z.int().positive(), capMs: z.int().positive() })
    .default({ baseMs: 5000, capMs: 300_000 }),
  outagePatienceMs: z.int().min(0).default(86_400_000),
  effectRecheckMs: z.int().min(0).max(maxTimerMs).default(3000),
  reconcileIntervalMs: z.int().positive().max(maxTimerMs).default(10_000),
  retention: retentionSchema.prefault({}),
});

/** What a {@link Worker} is composed of. */
export interface WorkerOptions extends SharedOptions, Pick<WorkerParts, "agent" | "workspaces"> {
  /** Maps repositories for the agent. @defaultValue none */
  readonly indexer?: CodeIndexer;
  /** The wall around the agent: while it cannot start, nothing is claimed. @defaultValue not checked */
  readonly sandbox?: Sandbox;
  /** The jitter of waits, from 0 up to 1. @defaultValue Math.random */
  readonly random?: () => number;
  /** Ends what the agents of dead workers left running. @defaultValue looks through the processes of this machine */
  readonly endOrphans?: () => Promise<void>;
  /** How many tasks one person may ask for; what is over it waits. @defaultValue any number */
  readonly userTasks?: RateLimiter;
  /** How many tasks one repository may have; what is over it waits. @defaultValue any number */
  readonly repositoryTasks?: RateLimiter;
  /** Exact values that are taken out of everything that is stored or shown. @defaultValue none */
  readonly secrets?: readonly string[];
  /** How the bot names itself in comments. @defaultValue agentbot */
  readonly botName?: string;
  /** Tasks at once. @defaultValue 2 */
  readonly concurrency?: number;
  /** How long a task is held without a heartbeat, in milliseconds. @defaultValue 30,000 */
  readonly leaseMs?: number;
  /** The most time one agent run may take, in milliseconds. @defaultValue 1,800,000 */
  readonly taskTimeoutMs?: number;
  /** @defaultValue 3 */
  readonly maxAttempts?: number;
  /** How long `stop` lets runs go on, in milliseconds. @defaultValue 25,000 */
  readonly shutdownGraceMs?: number;
  /** The most one task may spend, in US dollars. @defaultValue 5 */
  readonly taskBudgetUsd?: number;
  /** The most one installation may spend in a UTC day, in US dollars. @defaultValue 100 */
  readonly dailyBudgetUsd?: number;
  /** The wait between attempts. @defaultValue 5 s doubling to 5 min, with jitter */
  readonly retryBackOff?: WorkerParts["settings"]["retryBackOff"];
  /** How old a task may be and still wait, attempts unused, for what it needs to come back, in milliseconds. @defaultValue 24 h */
  readonly outagePatienceMs?: number;
  /** The pause between two looks for an effect of unknown fate, in milliseconds. @defaultValue 3,000 */
  readonly effectRecheckMs?: number;
  /** How often store and queue are compared, in milliseconds. @defaultValue 10,000 */
  readonly reconcileIntervalMs?: number;
  /** How long deliveries and their bodies are kept. @defaultValue 400 and 14 days */
  readonly retention?: RetentionOptions;
}

/** The working half of the bot. Constructing is inert. */
export interface Worker {
  /** Starts claiming and reconciling; resolves when both go on. Idempotent. */
  start(): Promise<void>;
  /** Stops claiming, lets runs end for `shutdownGraceMs`, then aborts them and gives their tasks back. Idempotent. */
  stop(): Promise<void>;
  /** Null when it can work, else why not: a probe for the gateway's `readiness`. */
  readiness(): string | null;
}

/**
 * Makes a worker: it claims tasks and runs each through the pipeline. Any number of processes may have one; store,
 * queue and the other parts stay yours to close.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createWorker(options: WorkerOptions): Worker {
  const settings = parseOptions("createWorker", workerOptionsSchema, options);
  const { providers, ownsOutages, ...shared } = withSharedDefaults(options, { version: "0.0.0" });
  const { logger, outages } = shared;
  const parts: WorkerParts = {
    ...shared,
    agent: options.agent,
    workspaces: options.workspaces,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    indexer: options.indexer ?? null,
    quotas: { user: options.userTasks ?? null, repository: options.repositoryTasks ?? null },
    random: options.random ?? Math.random,
    endOrphans: options.endOrphans ?? endOrphans,
    secrets: options.secrets ?? [],
    lastAttempts: createLastAttempts(settings.maxAttempts),
    settings,
  };
  const stopping = new AbortController();
  const graceOver = new AbortController();
  // Each run listens while it lasts; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, graceOver.signal);
  let unreadyReason: string | null = options.sandbox ? "the sandbox has not been checked yet" : null;
  let working: Promise<unknown> = Promise.resolve();

  const claim = async (): Promise<void> => {
    if (options.sandbox) {
      await awaitSandbox(options.sandbox, parts, stopping.signal, (reason) => {
        unreadyReason = reason;
      });
    }
    await runClaimLoop({
      queue: parts.queue,
      concurrency: settings.concurrency,
      leaseMs: settings.leaseMs,
      clock: parts.clock,
      logger,
      outages,
      signal: stopping.signal,
      work: (entry) => runClaimedEntry(entry, parts, graceOver.signal),
    });
  };
  const keepReconciling = (): Promise<void> =>
    runReconciler({
      outbox: parts.store.outbox,
      queue: parts.queue,
      intervalMs: settings.reconcileIntervalMs,
      clock: parts.clock,
      logger,
      outages,
      signal: stopping.signal,
    });
  const keepForgetting = (): Promise<void> =>
    runRetention({
      inbox: parts.store.inbox,
      settings: settings.retention,
      clock: parts.clock,
      random: parts.random,
      logger,
      outages,
      signal: stopping.signal,
    });

  return {
    start: once(async () => {
      if (!stopping.signal.aborted) working = Promise.all([claim(), keepReconciling(), keepForgetting()]);
    }),
    stop: once(async () => {
      stopping.abort();
      const ended = new AbortController();
      void parts.clock.sleep(settings.shutdownGraceMs, ended.signal).then(() => {
        if (!ended.signal.aborted) graceOver.abort();
      });
      try {
        await working;
      } finally {
        ended.abort();
        if (ownsOutages) outages.close();
      }
    }),
    readiness: () => (stopping.signal.aborted ? "the worker is stopping" : unreadyReason),
  };
}
