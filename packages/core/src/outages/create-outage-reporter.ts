import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { ErrorCode } from "../errors/error-codes.js";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import { maxTimerMs } from "../lifecycle/deadline.js";
import { probe } from "../lifecycle/probe.js";
import type { Logger } from "../ports/logger.js";
import type { StoreHealth } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { ShapeOf } from "../task/shape-of.js";

/** Options of {@link createOutageReporter}. */
export interface OutageReporterOptions {
  /** The store, whose health is checked while it is down. */
  readonly store: { readonly health: StoreHealth };
  /** The queue, whose counts are read while it is down. */
  readonly queue: Pick<TaskQueue, "stats">;
  /** Receives one line when an outage begins, and one when it ends. */
  readonly logger: Logger;
  /** The store's name in the log. @defaultValue The store */
  readonly storeName?: string;
  /** The queue's name in the log; the same name means one server, which goes down as one. @defaultValue The queue */
  readonly queueName?: string;
  /**
   * Interval of checks while one is down, in milliseconds; up to 60 times longer for one that goes down again and again.
   * @defaultValue 1000
   */
  readonly recheckMs?: number;
}

/**
 * Reports a store or queue that is down: one line when it goes and one when it is back, however many callers notice. A
 * gateway and a worker of one process get the same.
 */
export interface OutageReporter {
  /** Returns true if the error was an outage, which has been logged; any other error is the caller's to log. */
  report(error: unknown): boolean;
  /**
   * Returns true if the store did not answer a check since it was reported down: then a caller must not wait long for it.
   * A store that is only slow is not down: senders that it refuses at once come back at once.
   */
  isStoreDown(): boolean;
  /** Ends the checks. Idempotent. */
  close(): void;
}

/** The same health, with every failure reported: a probe finds an outage too. */
export function reportingHealth(health: StoreHealth, outages: OutageReporter): StoreHealth {
  return {
    async ping(options) {
      try {
        await health.ping(options);
      } catch (error) {
        outages.report(error);
        throw error;
      }
    },
  };
}

/** Interval of checks of a dependency that goes down again and again, in intervals of the first outage. */
const maxIntervals = 60;
const maxRecheckMs = Math.floor(maxTimerMs / maxIntervals);

const optionsSchema = z.strictObject({
  store: z.object({ health: portSchema<StoreHealth>("a StoreHealth", ["ping"]) }),
  queue: portSchema<Pick<TaskQueue, "stats">>("a TaskQueue", ["stats"]),
  logger: loggerSchema,
  storeName: z.string().min(1).default("The store"),
  queueName: z.string().min(1).default("The queue"),
  recheckMs: z.int().positive().max(maxRecheckMs).default(1000),
} satisfies ShapeOf<OutageReporterOptions>);

/** Maximum duration of a check, in milliseconds. */
const checkTimeoutMs = 2000;
/** Maximum duration of the check after a report, in milliseconds. */
const firstCheckTimeoutMs = 1000;
/** A dependency that is down again within this time is checked more rarely, in milliseconds. */
const relapseMs = 60_000;

/** A dependency that can be down. */
interface Dependency {
  readonly name: string;
  readonly consequence: string;
  readonly level: "error" | "warn";
  readonly check: (options: { readonly signal: AbortSignal }) => Promise<unknown>;
  downSinceMs: number | null;
  /** True if no check has succeeded since then. */
  isSilent: boolean;
  backAtMs: number;
  recheckMs: number;
}

/**
 * Checks only while a dependency is down; its timers keep no process alive.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createOutageReporter(options: OutageReporterOptions): OutageReporter {
  const { storeName, queueName, recheckMs } = parseOptions("createOutageReporter", optionsSchema, options);
  const { store, queue, logger } = options;
  const never = { downSinceMs: null, isSilent: false, backAtMs: Number.NEGATIVE_INFINITY, recheckMs };
  const isOne = storeName === queueName;
  const storeDependency: Dependency = {
    name: storeName,
    consequence: "senders get 503 and no task begins until it is back",
    level: "error",
    check: (options) => Promise.all([store.health.ping(options), ...(isOne ? [queue.stats()] : [])]),
    ...never,
  };
  const queueDependency: Dependency = {
    name: queueName,
    consequence: "tasks are recorded, and run when it is back",
    level: "warn",
    check: () => queue.stats(),
    ...never,
  };
  const dependencies = new Map<ErrorCode, Dependency>([
    ["STORE_UNAVAILABLE", storeDependency],
    ["QUEUE_UNAVAILABLE", isOne ? storeDependency : queueDependency],
  ]);
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;

  const recheckLater = (dependency: Dependency): void => {
    if (isClosed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void recheck(dependency);
    }, dependency.recheckMs);
    timers.add(timer.unref());
  };
  const isAlive = async (dependency: Dependency, timeoutMs: number): Promise<boolean> => {
    const { value } = await probe(async (options) => dependency.check(options).then(() => true), timeoutMs);
    return value !== null;
  };
  const checkFirst = async (dependency: Dependency): Promise<void> => {
    const isSilent = !(await isAlive(dependency, firstCheckTimeoutMs));
    if (dependency.downSinceMs !== null) dependency.isSilent ||= isSilent;
  };
  const recheck = async (dependency: Dependency): Promise<void> => {
    const isBack = await isAlive(dependency, checkTimeoutMs);
    if (isClosed || dependency.downSinceMs === null) return;
    dependency.isSilent = !isBack;
    if (!isBack) return recheckLater(dependency);
    dependency.backAtMs = performance.now();
    const downForMs = Math.round(dependency.backAtMs - dependency.downSinceMs);
    dependency.downSinceMs = null;
    logger.info({ downForMs }, `${dependency.name} is back`);
  };

  return {
    report(error) {
      const dependency = AgentBotError.isInstance(error) ? dependencies.get(error.code) : undefined;
      if (!dependency) return false;
      if (dependency.downSinceMs !== null) return true;
      dependency.downSinceMs = performance.now();
      const isRelapse = dependency.downSinceMs - dependency.backAtMs < relapseMs;
      dependency.recheckMs = isRelapse ? Math.min(dependency.recheckMs * 2, recheckMs * maxIntervals) : recheckMs;
      logger[dependency.level]({ err: error }, `${dependency.name} does not answer; ${dependency.consequence}`);
      void checkFirst(dependency);
      recheckLater(dependency);
      return true;
    },
    isStoreDown: () => storeDependency.isSilent,
    close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
