import type { LifecycleEvents } from "../events/lifecycle-events.js";
import type { BackOff } from "../lifecycle/back-off.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { AgentRunner } from "../ports/agent-runner.js";
import type { Clock } from "../ports/clock.js";
import type { CodeIndexer } from "../ports/code-indexer.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { Tracer } from "../ports/tracer.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { WorkspaceFactory } from "../ports/workspace-factory.js";
import type { LastAttempts } from "./run/last-attempts.js";

/** The numbers a worker works by, parsed and frozen. */
export interface WorkerSettings {
  readonly botName: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly taskTimeoutMs: number;
  readonly maxAttempts: number;
  readonly shutdownGraceMs: number;
  readonly taskBudgetUsd: number;
  readonly dailyBudgetUsd: number;
  readonly retryBackOff: BackOff;
  readonly outagePatienceMs: number;
  readonly effectRecheckMs: number;
  readonly reconcileIntervalMs: number;
}

/** What counts tasks, each of them once. */
export interface WorkerQuotas {
  readonly user: RateLimiter | null;
  readonly repository: RateLimiter | null;
}

/** What a worker is made of. */
export interface WorkerParts {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  readonly agent: AgentRunner;
  readonly workspaces: WorkspaceFactory;
  readonly indexer: CodeIndexer | null;
  readonly pubSub: PubSub;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly clock: Clock;
  /** From 0 up to 1: the jitter of waits. */
  readonly random: () => number;
  /** Ends what the agents of dead workers left running here. */
  readonly endOrphans: () => Promise<void>;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  /** Who may ask for how many tasks; null: any number. */
  readonly quotas: WorkerQuotas;
  /** Exact values that never leave the process in text. */
  readonly secrets: readonly string[];
  readonly lastAttempts: LastAttempts;
  readonly settings: WorkerSettings;
}
