import type { Logger, Tracer } from "@agentbot/core";
import type { CleanupStack } from "@agentbot/core/adapter";

/** Parts of the process that the composition uses beside its environment. */
export interface ComposeContext {
  readonly logger: Logger;
  /** @defaultValue through `@opentelemetry/api` where that is installed */
  readonly tracer?: Tracer;
  /** The process's variables: `PATH` for git and the agent; its own CA certificates for git. Nothing else is used. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

/** Tools of each step of the composition. */
export interface ComposeTools {
  readonly logger: Logger;
  /** Every opened connection registers its release here. */
  readonly cleanup: CleanupStack;
}
