import { AgentBotError, type Logger } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";

/** How often to try before giving up, and how long to wait between two tries, in milliseconds. */
const tries = 5;
const pauseMs = 2000;

/**
 * Opens a database that may still be starting, as in a fresh `docker compose up`.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the host and the database, never user or password
 */
export async function waitForDatabase(url: string, open: () => Promise<unknown>, logger: Logger): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await open();
      return;
    } catch (error) {
      if (AgentBotError.hasCode(error, "MIGRATION_MISMATCH")) throw error;
      const isOutage = AgentBotError.hasCode(error, "STORE_UNAVAILABLE");
      if (!isOutage || tried >= tries) throw refusal(url, tried, error);
      if (tried === 1) logger.warn({ err: error }, "PostgreSQL does not answer yet; trying again");
    }
    await sleep(pauseMs);
  }
}

function refusal(url: string, tried: number, error: unknown): AgentBotError {
  const { host, pathname } = new URL(url);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || String(Reflect.get(cause, "code")) : String(cause);
  const times = tried === 1 ? "" : ` after ${tried} tries`;
  const message = `DATABASE_URL: PostgreSQL at ${host || "the local socket"}${pathname} cannot be opened${times}: ${why}. Start it, or correct the URL.`;
  return new AgentBotError("CONFIGURATION_INVALID", message, { cause: error });
}
