import type { ThreadStore } from "../../ports/thread-store.js";
import type { Thread } from "../../task/thread.js";
import { heldTask } from "./held-task.js";
import { keyOf, type MemoryState, type ThreadRecord } from "./memory-state.js";

/** Gives a thread another name, unless the name is taken. */
export function addAlias(state: MemoryState, thread: ThreadRecord, alias: string): void {
  const key = keyOf(thread.installationId, alias);
  if (state.threadsByAlias.has(key)) return;
  state.threadsByAlias.set(key, thread);
  thread.aliases.add(alias);
}

const toThread = ({ id, installationId, aliases, sessionId }: ThreadRecord): Thread => ({
  id,
  installationId,
  aliases: [...aliases],
  sessionId,
});

/** Threads in memory. */
export function memoryThreadStore(state: MemoryState): ThreadStore {
  return {
    async find(installationId, alias) {
      const thread = state.threadsByAlias.get(keyOf(installationId, alias));
      return thread ? toThread(thread) : null;
    },

    async findById(threadId) {
      const thread = state.threads.get(threadId);
      return thread ? toThread(thread) : null;
    },

    async link(lease, alias) {
      const thread = state.threads.get(heldTask(state, lease).task.threadId);
      if (thread) addAlias(state, thread, alias);
    },
  };
}
