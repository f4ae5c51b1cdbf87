import { AgentBotError } from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import type { FoundServer, ServerSource, TestServer } from "./found-server.js";
import { howToInstall } from "./how-to-install.js";

/**
 * Asks each source for what the ones before it did not have.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` when something is missing in the end, saying every way to get it. What
 * was started till then is closed.
 */
export async function askSources(
  sources: readonly ServerSource[],
  signal: AbortSignal,
): Promise<ReadonlyMap<TestServer, FoundServer>> {
  const found = new Map<TestServer, FoundServer>();
  const notes: string[] = [];
  const cleanup = createCleanupStack();
  const missing = (): readonly TestServer[] =>
    (["Redis", "PostgreSQL"] as const).filter((server) => !found.has(server));
  try {
    for (const source of sources) {
      signal.throwIfAborted();
      if (missing().length === 0) break;
      const { servers, note } = await source(missing(), signal);
      for (const [server, one] of servers) {
        found.set(server, one);
        cleanup.push(one.close);
      }
      if (note !== null) notes.push(note);
    }
    if (missing().length > 0) throw new AgentBotError("CONFIGURATION_INVALID", howToInstall(missing(), notes));
    return found;
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
