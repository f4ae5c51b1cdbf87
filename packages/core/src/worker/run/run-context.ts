import { type CleanupStack, createCleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { BudgetLedger } from "../../ports/budget-ledger.js";
import type { Conversation } from "../../ports/conversation.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";
import { redactSecrets } from "../../text/redact-secrets.js";
import { type Attempts, createAttempts } from "../attempts.js";
import { createWordView } from "../status/status-views.js";
import { createTaskStatus, statusEffect, type TaskStatusMessage } from "../status/task-status.js";
import type { WorkerDeps } from "../worker-deps.js";
import type { BegunTask, HeldRun } from "./hold-run.js";
import { createPerformEffect, type PerformEffect } from "./perform-effect.js";
import { createTranscriptWriter, type TranscriptWriter } from "./transcript-writer.js";

/** State and services that the stages of one run share. */
export interface RunContext extends HeldRun {
  /** The task as it was begun. */
  readonly task: Task;
  readonly lease: Lease;
  /** The worker's; its logger is the run's. */
  readonly deps: WorkerDeps;
  /** The conversation in which the task was requested. */
  readonly conversation: Conversation;
  readonly status: TaskStatusMessage;
  readonly perform: PerformEffect;
  readonly spending: RunSpending;
  readonly secrets: RunSecrets;
  readonly attempts: Attempts;
  /** Whether this run has decided that the actor has access: before that nothing is posted for a task that throws. */
  readonly access: { isGranted: boolean };
  readonly transcript: TranscriptWriter;
  /** Releases what the run acquired, whatever its end. */
  readonly cleanup: CleanupStack;
}

/** Creates what the stages share; `holding` releases it, last in first out. */
export function createRunContext(
  { task, lease }: BegunTask,
  held: HeldRun,
  deps: WorkerDeps,
  conversation: Conversation,
  holding: CleanupStack,
): RunContext {
  const { store, clock, settings } = deps;
  const { leaseSignal, assertHeld } = held;
  const secrets = createRunSecrets(deps.secrets);
  const { redact } = secrets;
  const transcript = createTranscriptWriter({ ...deps, transcript: store.transcript, leaseSignal, redact }, lease);
  holding.push(() => transcript.close());
  const cleanup = createCleanupStack();
  holding.push(() => cleanup.run());

  const recheckDelayMs = settings.effectRecheckMs;
  const perform = createPerformEffect(
    { ledger: store.effects, lease, clock, signal: leaseSignal, recheckDelayMs },
    { ...deps, assertHeld },
  );
  const { botName, statusTexts } = settings;
  const { logger } = deps;
  const findPosted = async () =>
    task.fence === 1 ? null : ((await store.effects.list(task.id)).find(({ kind }) => kind === statusEffect) ?? null);
  const status = createTaskStatus({
    ...held,
    word: createWordView(task, statusTexts, logger),
    ...{ task, botName, conversation, perform, findPosted, clock, recheckDelayMs, logger },
  });
  return {
    ...held,
    ...{ task, lease, deps, conversation, status, perform, transcript, cleanup, secrets },
    spending: createRunSpending(store.budgets, lease),
    attempts: createAttempts(settings.maxAttempts),
    access: { isGranted: false },
  };
}

/**
 * The amount that a run owes the budget ledger. Settling a task gives back what was reserved for it, so its spending must
 * be committed before: also if the first try to commit failed, and if the cost of an interrupted run is unknown.
 */
export interface RunSpending {
  /** Replaces the amount that is owed, in US dollars: the whole budget while the agent runs, then its cost. */
  set(amountUsd: number): void;
  /** Records the amount in the ledger; does nothing if none was set since the last commit. */
  commit(): Promise<void>;
}

/** The spending of the run that holds this lease. */
function createRunSpending(budgets: BudgetLedger, lease: Lease): RunSpending {
  let owedUsd: number | null = null;
  return {
    set(amountUsd) {
      owedUsd = amountUsd;
    },
    async commit() {
      if (owedUsd === null) return;
      await budgets.settle(lease, owedUsd);
      owedUsd = null;
    },
  };
}

/** Values that nothing of a run may show or publish: the worker's, and those that were made for the run. */
export interface RunSecrets {
  /** Adds the value of an `Authorization` header, with the password in it. */
  addAuthorization(value: string): void;
  /** Returns a text without them. */
  redact(text: string): string;
  all(): readonly string[];
}

function createRunSecrets(ofWorker: readonly string[]): RunSecrets {
  let own: readonly string[] = [];
  return {
    addAuthorization(value) {
      const [scheme = "", credentials = ""] = value.split(" ");
      const decoded = /^basic$/i.test(scheme) ? Buffer.from(credentials, "base64").toString() : "";
      own = [...own, credentials, decoded.slice(decoded.indexOf(":") + 1)];
    },
    redact: (text) => redactSecrets(redactSecrets(text, own), ofWorker),
    all: () => [...ofWorker, ...own],
  };
}
