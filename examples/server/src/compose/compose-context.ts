import type { Logger, Tracer } from "@agentbot/core";
import type { CleanupStack } from "@agentbot/core/adapter";

/** What the composition takes from the process beside its environment. */
export interface ComposeContext {
  readonly logger: Logger;
  /** @defaultValue through `@opentelemetry/api` where that is installed */
  readonly tracer?: Tracer;
  /** The process's variables: `PATH` for git and the agent; proxies and CA certificates for git. Nothing else is used. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

/** What each part of the composition works with. */
export interface ComposeTools {
  readonly logger: Logger;
  /** Where what is opened registers its release. */
  readonly cleanup: CleanupStack;
}
