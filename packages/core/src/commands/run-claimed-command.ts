import { AgentBotError } from "../errors/agentbot-error.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry } from "../ports/task-queue.js";
import type { Command } from "../task/command.js";
import { traceFactsOf } from "../tracing/trace-context.js";
import { answerCommand, type CommandDeps } from "./answer-command.js";

/** Dependencies of {@link runClaimedCommand}. */
export interface ClaimedCommandDeps extends CommandDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly settings: CommandDeps["settings"] & { readonly leaseMs: number };
}

/** Maximum duration of one try, in milliseconds: the thread's next command, which may be a stop, waits for its end. */
const maxTryMs = 5000;
/** Bounds of the delay before a command that could not be answered is claimed again, in milliseconds; it grows with its age. */
const minRecheckMs = 2000;
const maxRecheckMs = 60_000;
/** Maximum age of a command that is tried again, in milliseconds: a later answer would surprise. */
const maxAgeMs = 600_000;

/** Answers the command of a claimed entry, at least once; a repeated answer changes nothing. Never throws. */
export async function runClaimedCommand(
  entry: ClaimedEntry,
  deps: ClaimedCommandDeps,
  shutdownSignal: AbortSignal,
): Promise<void> {
  const commandId = entry.entry.id;
  const { store, clock, logger, outages } = deps;
  let command: Command | null = null;
  try {
    command = await store.commands.find(commandId);
    if (command && command.finishedAt === null) await answerAndFinish(command, deps, shutdownSignal);
    await entry.complete();
  } catch (error) {
    if (!outages.report(error)) {
      logger.warn({ err: error, commandId }, "A command could not be answered; it is claimed again soon");
    }
    const ageMs = command ? clock.now().getTime() - command.createdAt.getTime() : 0;
    const delayMs = Math.round(Math.min(Math.max(minRecheckMs, ageMs / 2), maxRecheckMs));
    await giveBack(entry, command, delayMs, deps).catch(() => {});
  }
}

/** A reply that fails lets the thread's other commands pass, so that no stop waits for it; stop and retry keep their order. */
async function giveBack(
  entry: ClaimedEntry,
  command: Command | null,
  delayMs: number,
  { queue }: ClaimedCommandDeps,
): Promise<void> {
  const isOrdered = command === null || command.name === "stop" || command.name === "retry";
  if (isOrdered) return await entry.release(delayMs);
  await entry.complete();
  await queue.enqueue([{ ...entry.entry, delayMs }]);
}

async function answerAndFinish(command: Command, deps: ClaimedCommandDeps, shutdownSignal: AbortSignal): Promise<void> {
  const { store, clock, settings } = deps;
  const { id, name, traceparent } = command;
  const logger = deps.logger.child({ commandId: id, command: name, ...traceFactsOf(traceparent) });
  const over = new AbortController();
  const late = new AbortController();
  // Within its lease too: after that another worker answers it.
  void clock
    .sleep(Math.min(settings.leaseMs, maxTryMs), over.signal)
    .then(() => late.abort(new Error("The command took too long")));
  try {
    const signal = AbortSignal.any([shutdownSignal, late.signal]);
    const result = await answerCommand(command, { ...deps, logger }, signal).catch((error: unknown) => {
      if (shutdownSignal.aborted || isWorthRepeating(error, command, clock)) throw error;
      logger.error({ err: error }, "A command could not be answered");
      const code = AgentBotError.isInstance(error) ? error.code : "INTERNAL_ERROR";
      return { status: "failed", reason: code.toLowerCase() };
    });
    await store.commands.finish(id, result);
    logger.info(result, "A command was answered");
  } finally {
    over.abort();
  }
}

function isWorthRepeating(error: unknown, { createdAt }: Command, clock: Clock): boolean {
  const isRetryable = AgentBotError.isInstance(error) ? error.isRetryable : true;
  return isRetryable && clock.now().getTime() - createdAt.getTime() < maxAgeMs;
}
