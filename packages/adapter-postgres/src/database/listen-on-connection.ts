import { AgentBotError } from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import type { PostgresSession, PostgresSessions } from "./postgres-sessions.js";
import { quotedName } from "./sql.js";
import type { SqlListener } from "./sql-database.js";

/** A connection that only listens sends nothing: without a look at it, a cut network would never be noticed. */
const checkEveryMs = 15_000;

/** Listens on a channel, on a connection of its own; returns the end of it, which gives the connection back. */
export async function listenOnConnection(
  sessions: PostgresSessions,
  channel: string,
  listener: SqlListener,
): Promise<() => Promise<void>> {
  const session = await sessions.open();
  const { client } = session.connection;
  let isOver = false;
  const onNotification = (message: { channel: string; payload?: string | undefined }): void => {
    if (message.channel === channel) listener.notified(message.payload ?? "");
  };
  const release = (): void => {
    isOver = true;
    clearInterval(timer);
    client.off("notification", onNotification);
    client.off("error", onLost);
    session.connection.release();
  };
  const onLost = (error: unknown): void => {
    if (isOver) return;
    release();
    listener.lost(error);
  };
  const timer = setInterval(() => void check(session).catch(onLost), checkEveryMs);
  timer.unref();
  client.on("notification", onNotification);
  client.on("error", onLost);
  try {
    await session.command(`LISTEN ${quotedName(channel)}`);
  } catch (error) {
    if (!isOver) release();
    throw error;
  }
  if (isOver) throw new AgentBotError("STORE_UNAVAILABLE", "The connection was lost as soon as it listened.");
  return once(async () => {
    if (isOver) return;
    clearInterval(timer);
    client.off("notification", onNotification);
    await session.command(`UNLISTEN ${quotedName(channel)}`).catch(() => {});
    if (!isOver) release();
  });
}

async function check(session: PostgresSession): Promise<void> {
  await session.command("SELECT 1");
}
