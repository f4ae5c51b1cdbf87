import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Sandbox, SandboxReadiness } from "../ports/sandbox.js";

const recheckMs = 30_000;

/** Resolves when the sandbox can start or the signal aborts, and reports why it cannot start until then. Never throws. */
export async function awaitSandbox(
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
    return await sandbox.check({ signal });
  } catch (error) {
    if (!signal.aborted) logger.error({ err: error, sandbox: sandbox.name }, "The sandbox could not be checked");
    return { status: "unavailable", reason: "its check failed; the log says how" };
  }
}
