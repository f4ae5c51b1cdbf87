import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Sandbox } from "../ports/sandbox.js";

const recheckMs = 30_000;

/** Resolves when the sandbox can start (or the signal aborts), and reports why it can't until then. */
export async function awaitSandbox(
  sandbox: Sandbox,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
  onChange: (unreadyReason: string | null) => void,
): Promise<void> {
  while (!signal.aborted) {
    const readiness = await sandbox.check(signal);
    if (readiness.status === "ready") return onChange(null);
    onChange(`the sandbox ${sandbox.name} cannot start: ${readiness.reason}`);
    logger.error(
      { sandbox: sandbox.name, reason: readiness.reason },
      "The sandbox cannot start; no task is claimed until it can",
    );
    await clock.sleep(recheckMs, signal);
  }
}
