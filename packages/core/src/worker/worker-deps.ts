import type { LifecycleEvents } from "../events/lifecycle-events.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { AccessPolicy } from "../ports/access-policy.js";
import type { AgentRunner } from "../ports/agent-runner.js";
import type { Clock } from "../ports/clock.js";
import type { CodeIndexer } from "../ports/code-indexer.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { RepositoryResolver } from "../ports/repository-resolver.js";
import type { Sandbox } from "../ports/sandbox.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { Tracer } from "../ports/tracer.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { WorkspaceFactory } from "../ports/workspace-factory.js";
import type { LastAttemptGate } from "./attempts.js";
import type { WorkerSettings } from "./worker-options.js";

/** Limits on the number of tasks, each task counted once; null: any number. */
export interface WorkerQuotas {
  readonly user: RateLimiter | null;
  readonly repository: RateLimiter | null;
}

/** Everything that the runs of one worker share, with the defaults filled in. */
export interface WorkerDeps {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  readonly resolver: RepositoryResolver;
  readonly access: AccessPolicy;
  readonly agent: AgentRunner;
  readonly sandbox: Sandbox;
  readonly workspaces: WorkspaceFactory;
  readonly indexer: CodeIndexer | null;
  readonly pubSub: PubSub;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly clock: Clock;
  /** Returns the jitter of a wait, from 0 up to 1. */
  readonly random: () => number;
  /** Ends processes that agents of dead workers left running on this machine. */
  readonly endOrphans: () => Promise<void>;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly quotas: WorkerQuotas;
  /** Exact values that never leave the process in text. */
  readonly secrets: readonly string[];
  readonly lastAttemptGate: LastAttemptGate;
  readonly settings: WorkerSettings;
}
