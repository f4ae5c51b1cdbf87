import type {
  AgentRunner,
  CleanupStack,
  CodeIndexer,
  LifecycleEvents,
  Logger,
  Metrics,
  Sandbox,
  Store,
  TaskQueue,
  Wakeups,
  WebhookProvider,
  WorkspaceFactory,
} from "@agentbot/core";

/** The adapters that the gateway and the worker are composed of. */
export interface ServerParts {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly providers: readonly WebhookProvider[];
  readonly agent: AgentRunner;
  readonly workspaces: WorkspaceFactory;
  readonly indexer: CodeIndexer;
  readonly sandbox: Sandbox;
  readonly wakeups: Wakeups;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Releases what the composition opened; the server runs it last. */
  readonly cleanup: CleanupStack;
}
