import { AgentBotError } from "../errors/agentbot-error.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { ClaimedEntry } from "../ports/task-queue.js";
import type { Command } from "../task/command.js";
import { traceFactsOf } from "../tracing/trace-format.js";
import { answerCommand, type CommandDeps, maxReplyMs } from "./answer-command.js";

/** Dependencies of {@link runClaimedCommand}. */
export interface ClaimedCommandDeps extends CommandDeps {
  readonly outages: OutageReporter;
}

/** Time of a whole reply, in milliseconds, with some to spare: no other worker answers the command meanwhile. */
const replyLeaseMs = 2 * maxReplyMs + 5000;
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
    if (command && command.finishedAt === null) await answerAndFinish(command, entry, deps, shutdownSignal);
    await entry.complete();
  } catch (error) {
    if (!outages.report(error)) {
      logger.warn({ err: error, commandId }, "A command could not be answered; it is claimed again soon");
    }
    const ageMs = command ? clock.now().getTime() - command.createdAt.getTime() : 0;
    const delayMs = Math.round(Math.min(Math.max(minRecheckMs, ageMs / 2), maxRecheckMs));
    const isOrdered = command === null || keepsOrder(command);
    await (isOrdered ? entry.release(delayMs) : requeue(entry, delayMs, deps)).catch(() => {});
  }
}

/** A stop or a retry that is repeated after a later one would undo it. */
const keepsOrder = ({ name }: Command): boolean => name === "stop" || name === "retry";

/** Moves an entry to the end of its lane: the thread's other commands pass it until then. */
async function requeue(
  entry: ClaimedEntry,
  delayMs: number,
  { queue }: Pick<ClaimedCommandDeps, "queue">,
): Promise<void> {
  await entry.complete();
  await queue.cancel(entry.entry.id);
  await queue.enqueue([{ ...entry.entry, delayMs }]);
}

async function answerAndFinish(
  command: Command,
  entry: ClaimedEntry,
  deps: ClaimedCommandDeps,
  shutdownSignal: AbortSignal,
): Promise<void> {
  const { store, queue, clock, settings } = deps;
  const { id, name, traceparent } = command;
  const logger = deps.logger.child({ commandId: id, command: name, ...traceFactsOf(traceparent) });
  // A reply may take long in a long thread. No stop waits for it, unless the command must keep its place in the order.
  const beforeReply = async (): Promise<void> => {
    if (!keepsOrder(command)) return await requeue(entry, replyLeaseMs, deps);
    const isHeld = await entry.extend(Math.max(settings.leaseMs, replyLeaseMs));
    if (!isHeld) throw new Error("The claim of the command has ended before its reply");
  };
  const options = { signal: shutdownSignal, beforeReply };
  const result = await answerCommand(command, { ...deps, logger }, options).catch((error: unknown) => {
    if (shutdownSignal.aborted || isWorthRepeating(error, command, clock)) throw error;
    logger.error({ err: error }, "A command could not be answered");
    const code = AgentBotError.isInstance(error) ? error.code : "INTERNAL_ERROR";
    return { status: "failed", reason: code.toLowerCase() };
  });
  await store.commands.finish(id, result);
  logger.info(result, "A command was answered");
  // The entry that would repeat a reply which was cut off; without this it is claimed once more, for nothing.
  if (!keepsOrder(command)) await queue.cancel(id).catch(() => {});
}

function isWorthRepeating(error: unknown, { createdAt }: Command, clock: Clock): boolean {
  const isRetryable = AgentBotError.isInstance(error) ? error.isRetryable : true;
  return isRetryable && clock.now().getTime() - createdAt.getTime() < maxAgeMs;
}
