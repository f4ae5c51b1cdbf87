import { type BackOff, backOffMs, once, sleep } from "@agentbot/core/adapter";
import type { SqlDatabase } from "../database/sql-database.js";
import type { NotificationListener } from "./notification-channel.js";

const retryBackOff: BackOff = { baseMs: 200, capMs: 5000 };

/** Listens until the returned function is called, on a new connection whenever one is lost. */
export function keepListening(
  database: SqlDatabase,
  channel: string,
  { onNotification, onConnected, onLost }: NotificationListener,
  backOff: BackOff = retryBackOff,
): () => Promise<void> {
  const over = new AbortController();
  const { signal } = over;

  let isAgain = false;

  /** Resolves when the connection is lost or the end has come. */
  const listenOnce = async (): Promise<void> => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const stop = await database.listen(channel, { notified: onNotification, lost: () => end() });
    signal.addEventListener("abort", end, { once: true });
    onConnected(isAgain);
    isAgain = true;
    if (!signal.aborted) await ended;
    signal.removeEventListener("abort", end);
    await stop();
  };

  const listening = (async () => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await listenOnce();
        failures = 0;
      } catch {
        // A caller that waits needs no report of each try: its own statements fail while the database is gone.
      }
      if (signal.aborted) return;
      onLost();
      failures += 1;
      await sleep(backOffMs(failures, backOff), signal);
    }
  })();

  return once(async () => {
    over.abort();
    await listening;
  });
}
