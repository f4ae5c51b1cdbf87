import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { ErrorCode } from "../errors/error-codes.js";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import { probe } from "../lifecycle/probe.js";
import type { Logger } from "../ports/logger.js";
import type { StoreHealth } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";

/** What {@link createOutageReporter} takes. */
export interface OutageReporterOptions {
  /** Asked whether it is back. */
  readonly store: { readonly health: StoreHealth };
  /** Asked whether it is back. */
  readonly queue: Pick<TaskQueue, "stats">;
  readonly logger: Logger;
  /** How the log calls the store. @defaultValue The store */
  readonly storeName?: string;
  /** How the log calls the queue; named as the store is, they are one server and go down as one. @defaultValue The queue */
  readonly queueName?: string;
  /** How often to ask what is down, in milliseconds; up to 60 times longer for what keeps coming and going. @defaultValue 1000 */
  readonly recheckMs?: number;
}

/**
 * Tells of a store or queue that is down in one line when it goes and one when it is back, however many notice it. Hand
 * the same one to gateway and worker.
 */
export interface OutageReporter {
  /** True when this error says that store or queue is down: it has been told of. False for any other, which is yours to tell. */
  report(error: unknown): boolean;
  /**
   * Is the store known to be down, because it did not answer when it was asked for a sign of life? Then nobody need wait
   * long for it. One that is only slow is not: who is sent away from it at once comes back at once.
   */
  isStoreDown(): boolean;
  /** Ends the asking. Idempotent. */
  close(): void;
}

const optionsSchema = z.strictObject({
  store: z.object({ health: portSchema<StoreHealth>("a StoreHealth", ["ping"]) }),
  queue: portSchema<Pick<TaskQueue, "stats">>("a TaskQueue", ["stats"]),
  logger: loggerSchema,
  storeName: z.string().min(1).default("The store"),
  queueName: z.string().min(1).default("The queue"),
  recheckMs: z.int().positive().default(1000),
});

/** How long an answer may take, in milliseconds. */
const askTimeoutMs = 2000;
/** … and the first one, of what may be down. */
const firstAskTimeoutMs = 1000;
/** What went down again this soon after it was back is asked more rarely, in milliseconds. */
const relapseMs = 60_000;

/** Something that can be down, by the name the log has for it. */
interface Subject {
  readonly name: string;
  readonly consequence: string;
  readonly level: "error" | "warn";
  readonly ask: (options: { readonly signal: AbortSignal }) => Promise<unknown>;
  downSinceMs: number | null;
  /** It gave no sign of life since then. */
  isSilent: boolean;
  backAtMs: number;
  recheckMs: number;
}

/**
 * Makes an {@link OutageReporter}. It asks only while something is down, and its timers keep no process alive.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createOutageReporter(options: OutageReporterOptions): OutageReporter {
  const { storeName, queueName, recheckMs } = parseOptions("createOutageReporter", optionsSchema, options);
  const { store, queue, logger } = options;
  const never = { downSinceMs: null, isSilent: false, backAtMs: Number.NEGATIVE_INFINITY, recheckMs };
  const isOne = storeName === queueName;
  const storeSubject: Subject = {
    name: storeName,
    consequence: "senders are told to try again and no task begins until it is back",
    level: "error",
    ask: (options) => Promise.all([store.health.ping(options), ...(isOne ? [queue.stats()] : [])]),
    ...never,
  };
  const queueSubject: Subject = {
    name: queueName,
    consequence: "tasks are recorded, and run when it is back",
    level: "warn",
    ask: () => queue.stats(),
    ...never,
  };
  const subjects = new Map<ErrorCode, Subject>([
    ["STORE_UNAVAILABLE", storeSubject],
    ["QUEUE_UNAVAILABLE", isOne ? storeSubject : queueSubject],
  ]);
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  const recheckLater = (subject: Subject): void => {
    if (isClosed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void recheck(subject);
    }, subject.recheckMs);
    timers.add(timer.unref());
  };
  const isAlive = async (subject: Subject, timeoutMs: number): Promise<boolean> => {
    const { value } = await probe(async (options) => subject.ask(options).then(() => true), timeoutMs);
    return value !== null;
  };
  const listen = async (subject: Subject): Promise<void> => {
    const isSilent = !(await isAlive(subject, firstAskTimeoutMs));
    if (subject.downSinceMs !== null) subject.isSilent ||= isSilent;
  };
  const recheck = async (subject: Subject): Promise<void> => {
    const isBack = await isAlive(subject, askTimeoutMs);
    if (isClosed || subject.downSinceMs === null) return;
    subject.isSilent = !isBack;
    if (!isBack) return recheckLater(subject);
    subject.backAtMs = performance.now();
    const downForMs = Math.round(subject.backAtMs - subject.downSinceMs);
    subject.downSinceMs = null;
    logger.info({ downForMs }, `${subject.name} is back`);
  };

  return {
    report(error) {
      const subject = AgentBotError.isInstance(error) ? subjects.get(error.code) : undefined;
      if (!subject) return false;
      if (subject.downSinceMs !== null) return true;
      subject.downSinceMs = performance.now();
      const isRelapse = subject.downSinceMs - subject.backAtMs < relapseMs;
      subject.recheckMs = isRelapse ? Math.min(subject.recheckMs * 2, recheckMs * 60) : recheckMs;
      logger[subject.level]({ err: error }, `${subject.name} does not answer; ${subject.consequence}`);
      void listen(subject);
      recheckLater(subject);
      return true;
    },
    isStoreDown: () => storeSubject.isSilent,
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
