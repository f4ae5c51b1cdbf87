import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema } from "../errors/port-schema.js";
import { systemClock } from "../lifecycle/system-clock.js";
import type { Clock } from "../ports/clock.js";
import type { Store } from "../ports/store.js";
import type { ShapeOf } from "../task/shape-of.js";
import { memoryBudgetLedger } from "./store/memory-budget-ledger.js";
import { memoryCheckpointStore } from "./store/memory-checkpoint-store.js";
import { memoryCommandStore } from "./store/memory-command-store.js";
import { memoryCredentialStore } from "./store/memory-credential-store.js";
import { memoryEffectLedger } from "./store/memory-effect-ledger.js";
import { memoryInbox } from "./store/memory-inbox.js";
import { memoryInstallationStore } from "./store/memory-installation-store.js";
import { memoryOutbox } from "./store/memory-outbox.js";
import { memoryTaskStore } from "./store/memory-task-store.js";
import { memoryThreadStore } from "./store/memory-thread-store.js";
import { memoryTranscript } from "./store/memory-transcript.js";
import { createTables } from "./store/tables.js";

/** Options of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** The clock of leases, back-off and ages. @defaultValue the machine's */
  readonly clock?: Clock;
}

const optionsSchema = z.strictObject({ clock: clockSchema.default(systemClock) } satisfies ShapeOf<MemoryStoreOptions>);

/**
 * A whole store in the memory of this process, for tests and trials: it has the semantics of a database and is empty after
 * a restart. Every call is atomic.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock } = parseOptions("createMemoryStore", optionsSchema, options);
  const tables = createTables(clock);
  return {
    inbox: memoryInbox(tables),
    tasks: memoryTaskStore(tables),
    outbox: memoryOutbox(tables),
    threads: memoryThreadStore(tables),
    effects: memoryEffectLedger(tables),
    transcript: memoryTranscript(tables),
    checkpoints: memoryCheckpointStore(tables),
    budgets: memoryBudgetLedger(tables),
    installations: memoryInstallationStore(tables),
    credentials: memoryCredentialStore(tables),
    commands: memoryCommandStore(tables),
    health: { async ping() {} },
  };
}
