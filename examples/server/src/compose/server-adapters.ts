import type {
  AgentRunner,
  CodeIndexer,
  HealthProbe,
  LifecycleEvents,
  Logger,
  Metrics,
  OutageReporter,
  PubSub,
  RateLimiter,
  Sandbox,
  Store,
  TaskQueue,
  Tracer,
  WebhookProvider,
  WorkspaceFactory,
} from "@agentbot/core";
import type { CleanupStack } from "@agentbot/core/adapter";

/** The adapters of every role. */
export interface SharedAdapters {
  readonly store: Store;
  /** Secrets that are not in the environment, such as an encryption key that was made in the data directory. */
  readonly secrets: readonly string[];
  readonly queue: TaskQueue;
  readonly providers: readonly WebhookProvider[];
  readonly pubSub: PubSub;
  /** Counts failed verifications for all gateways together; absent where each counts its own. */
  readonly failedVerifications?: RateLimiter;
  /** How many tasks one person, and one repository, may have an hour. */
  readonly userTasks?: RateLimiter;
  readonly repositoryTasks?: RateLimiter;
  /** Calls Redis for `/health`; null without one. */
  readonly redis: HealthProbe | null;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly tracer?: Tracer;
  readonly outages: OutageReporter;
  readonly logger: Logger;
  /** Releases what the composition opened; the server runs it last. */
  readonly cleanup: CleanupStack;
}

/** The adapters of a worker alone. */
export interface AgentAdapters {
  readonly agent: AgentRunner;
  readonly workspaces: WorkspaceFactory;
  readonly indexer: CodeIndexer;
  readonly sandbox: Sandbox;
}

/** A process that receives webhooks and runs nothing. */
export interface GatewayAdapters extends SharedAdapters {
  readonly role: "gateway";
}

/** A process that runs tasks; as `all` it receives webhooks too. */
export interface WorkerAdapters extends SharedAdapters, AgentAdapters {
  readonly role: "all" | "worker";
}

/** The adapters that a server of its role is composed of. */
export type ServerAdapters = GatewayAdapters | WorkerAdapters;
