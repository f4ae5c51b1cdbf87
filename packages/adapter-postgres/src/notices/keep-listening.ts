import { type BackOff, backOffMs, once, sleep } from "@agentbot/core";
import type { SqlDatabase } from "../database/sql-database.js";

/** Who is told. */
export interface Listening {
  heard(message: string): void;
  /** Called when the connection is lost and each time it is there: in between, anything may have been missed. */
  missed(): void;
}

const retryBackOff: BackOff = { baseMs: 200, capMs: 5000 };

/** Listens until the returned function is called, on a new connection whenever one is lost. */
export function keepListening(
  database: SqlDatabase,
  channel: string,
  { heard, missed }: Listening,
  backOff: BackOff = retryBackOff,
): () => Promise<void> {
  const over = new AbortController();
  const { signal } = over;

  /** Resolves when the connection is lost or the end has come. */
  const listenOnce = async (): Promise<void> => {
    let lose = (): void => {};
    const lost = new Promise<void>((resolve) => {
      lose = resolve;
    });
    const stop = await database.listen(channel, { notified: heard, lost: () => lose() });
    signal.addEventListener("abort", lose, { once: true });
    missed();
    if (!signal.aborted) await lost;
    signal.removeEventListener("abort", lose);
    await stop();
  };

  const listening = (async () => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await listenOnce();
        failures = 0;
      } catch {
        // Whoever waits is not told of each try: what it does itself will say that the database is gone.
      }
      if (signal.aborted) return;
      missed();
      failures += 1;
      await sleep(backOffMs(failures, backOff), signal);
    }
  })();

  return once(async () => {
    over.abort();
    await listening;
  });
}
