import { AgentBotError } from "../errors/agentbot-error.js";
import { within } from "../lifecycle/deadline.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { SetupProblem } from "../ports/setup-problem.js";
import { toLine } from "../text/cap-text.js";
import { redactSecrets } from "../text/redact-secrets.js";
import type { SharedOptions } from "./shared-options.js";

/** The check of one part; a part that does not answer throws. */
export interface SetupCheck {
  readonly part: string;
  readonly run: (options: { readonly signal: AbortSignal }) => Promise<readonly SetupProblem[]>;
}

/** Maximum duration of a check, in milliseconds: a part that hangs does not hold a start up. */
const deadlineMs = 5000;
/** Maximum length of a problem's message. */
const maxMessageLength = 1000;

/** The checks of what both halves of a bot have. */
export function sharedChecks({
  providers,
  store,
  queue,
}: Pick<SharedOptions, "providers" | "store" | "queue">): readonly SetupCheck[] {
  const none = (): readonly SetupProblem[] => [];
  return [
    ...providers.map(({ name, lifecycle }): SetupCheck => {
      return { part: name, run: async (options) => lifecycle?.check?.(options) ?? [] };
    }),
    { part: "store", run: (options) => store.health.ping(options).then(none) },
    { part: "queue", run: () => queue.stats().then(none) },
  ];
}

/**
 * Runs all checks at once and returns what they found, errors first. A check that throws or takes longer than five seconds
 * is a warning: an outage of the moment is not a fault of the set-up. Never throws; after an abort the list is empty.
 */
export async function runSetupChecks(
  checks: readonly SetupCheck[],
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly SetupProblem[]> {
  const found = await Promise.all(
    checks.map(async ({ part, run }): Promise<readonly SetupProblem[]> => {
      try {
        return (await within(deadlineMs, context, async (signal) => run({ signal }))).map(printable);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return [printable({ part, severity: "warning", message: `It could not be checked: ${why}` })];
      }
    }),
  );
  if (context.signal.aborted) return [];
  const isError = ({ severity }: SetupProblem): boolean => severity === "error";
  const problems = found.flat();
  return [...problems.filter(isError), ...problems.filter((problem) => !isError(problem))];
}

/** A message may quote what another server answered, or what was refused before it was sent. */
function printable({ part, severity, message }: SetupProblem): SetupProblem {
  // A long answer is cut before it is searched, far behind what is shown.
  return { part, severity, message: toLine(redactSecrets(message.slice(0, 10 * maxMessageLength)), maxMessageLength) };
}

/**
 * Logs the warnings of a check, one line each; `createBot`'s `start` does this. For gateways and workers of your own.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` with all errors, one line each; its detail `problems` lists them
 */
export function refuseSetupErrors(problems: readonly SetupProblem[], logger: Logger): void {
  for (const { part, severity, message } of problems) if (severity === "warning") logger.warn({ part }, message);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  const lines = errors.map(({ part, message }) => `${part}: ${message}`);
  const message = `The bot cannot start:${lines.map((line) => `\n  - ${line}`).join("")}`;
  throw new AgentBotError("CONFIGURATION_INVALID", message, { details: { problems: lines } });
}
