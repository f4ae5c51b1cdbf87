import type { BudgetLedger } from "./budget-ledger.js";
import type { CheckpointStore } from "./checkpoint-store.js";
import type { CommandStore } from "./command-store.js";
import type { CredentialStore } from "./credential-store.js";
import type { EffectLedger } from "./effect-ledger.js";
import type { Inbox } from "./inbox.js";
import type { InstallationStore } from "./installation-store.js";
import type { Outbox } from "./outbox.js";
import type { TaskStore } from "./task-store.js";
import type { ThreadStore } from "./thread-store.js";
import type { Transcript } from "./transcript.js";

/**
 * The truth: a record of small ports, made together over one database. Every method throws AgentBotError `REQUEST_INVALID`,
 * naming the parameter, for a number that cannot be meant: NaN, a negative amount or duration, half an item.
 */
export interface Store {
  /** Deliveries, each with its verdict and the draft it became. */
  readonly inbox: Inbox;
  /** Tasks: their attempts, leases and ends. */
  readonly tasks: TaskStore;
  /** Recorded work that the queue may lack. */
  readonly outbox: Outbox;
  /** Threads and their aliases. */
  readonly threads: ThreadStore;
  /** Outward writes: intended, performed. */
  readonly effects: EffectLedger;
  /** The lines of each task: the agent's acts, its words, the stages. */
  readonly transcript: Transcript;
  /** The agent's work, stored before it is published. */
  readonly checkpoints: CheckpointStore;
  /** Reserved and spent money. */
  readonly budgets: BudgetLedger;
  /** Tenants, and the secrets of their webhooks. */
  readonly installations: InstallationStore;
  /** Tokens, encrypted. */
  readonly credentials: CredentialStore;
  /** Commands that wait for a worker. */
  readonly commands: CommandStore;
  /** Whether the store answers. */
  readonly health: StoreHealth;
}

/** Whether the store answers. */
export interface StoreHealth {
  /** Resolves if it does; throws AgentBotError `STORE_UNAVAILABLE` if it does not. */
  ping(options: { readonly signal: AbortSignal }): Promise<void>;
}
