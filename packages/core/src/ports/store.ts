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

/** The truth: a record of small ports, made together over one database. */
export interface Store {
  readonly inbox: Inbox;
  readonly tasks: TaskStore;
  readonly outbox: Outbox;
  readonly threads: ThreadStore;
  readonly effects: EffectLedger;
  readonly transcript: Transcript;
  readonly checkpoints: CheckpointStore;
  readonly budgets: BudgetLedger;
  readonly installations: InstallationStore;
  readonly credentials: CredentialStore;
  readonly commands: CommandStore;
  readonly health: StoreHealth;
}

/** Whether the store answers. */
export interface StoreHealth {
  /** Resolves if it does; throws AgentBotError `STORE_UNAVAILABLE` if it does not. */
  ping(options: { readonly signal: AbortSignal }): Promise<void>;
}
