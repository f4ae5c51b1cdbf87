import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema } from "../errors/port-schema.js";
import { systemClock } from "../lifecycle/system-clock.js";
import type { Clock } from "../ports/clock.js";
import type { Store } from "../ports/store.js";
import { memoryBudgetLedger } from "./store/memory-budget-ledger.js";
import { memoryCheckpointStore } from "./store/memory-checkpoint-store.js";
import { memoryEffectLedger } from "./store/memory-effect-ledger.js";
import { memoryInbox } from "./store/memory-inbox.js";
import { memoryInstallationStore } from "./store/memory-installation-store.js";
import { memoryOutbox } from "./store/memory-outbox.js";
import { createMemoryState } from "./store/memory-state.js";
import { memoryTaskStore } from "./store/memory-task-store.js";
import { memoryThreadStore } from "./store/memory-thread-store.js";
import { memoryTranscript } from "./store/memory-transcript.js";

/** What {@link createMemoryStore} takes. */
export interface MemoryStoreOptions {
  /** The store's own clock: leases, back-off and ages go by it. @defaultValue the machine's */
  readonly clock?: Clock;
}

const optionsSchema = z.strictObject({ clock: clockSchema.default(systemClock) });

/**
 * A whole store in this process's memory, for tests and trials: the semantics of a database, and nothing left after a
 * restart. Every call is atomic.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock } = parseOptions("createMemoryStore", optionsSchema, options);
  const state = createMemoryState(clock);
  return {
    inbox: memoryInbox(state),
    tasks: memoryTaskStore(state),
    outbox: memoryOutbox(state),
    threads: memoryThreadStore(state),
    effects: memoryEffectLedger(state),
    transcript: memoryTranscript(state),
    checkpoints: memoryCheckpointStore(state),
    budgets: memoryBudgetLedger(state),
    installations: memoryInstallationStore(state),
    health: { async ping() {} },
  };
}
