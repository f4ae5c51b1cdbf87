import { createHash, randomBytes } from "node:crypto";
import { type BackOff, backOffMs, once, sleep } from "@agentbot/core/adapter";
import { execute } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";

/** Receives the notifications of other processes. */
export interface NotificationListener {
  onNotification(topic: string): void;
  /** The connection listens from now on; `isAgain`: it did before, and notifications in between were missed. */
  onConnected(isAgain: boolean): void;
  /** The connection is lost, or could not be made. */
  onLost(): void;
}

/** The notifications of one database, received over one connection by any number of listeners. */
export interface NotificationChannel {
  /** For a statement that notifies by itself: `pg_notify(name, message)`. */
  readonly name: string;
  /** The message about one topic. */
  message(topic: string): string;
  /** Notifies other processes, of each topic once. Never throws: a missed notification costs time only. */
  notify(topics: readonly string[]): Promise<void>;
  /** Listens until the returned function is called; the first listener opens the connection, the last one closes it. */
  listen(listener: NotificationListener): () => Promise<void>;
}

/** One PostgreSQL channel for all topics, so that one connection receives them all. */
const channelName = "agentbot";

/** PostgreSQL refuses a payload of 8000 bytes. */
const maxBytes = 7900;
const topicBytes = 22;

/** A name of any length and alphabet as a topic of 22 plain characters. */
export function topicOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url").slice(0, topicBytes);
}

const channels = new WeakMap<SqlDatabase, NotificationChannel>();

/** The one notification channel of a database in this process. */
export function notificationChannelOf(database: SqlDatabase): NotificationChannel {
  const known = channels.get(database) ?? createNotificationChannel(database);
  channels.set(database, known);
  return known;
}

function createNotificationChannel(database: SqlDatabase): NotificationChannel {
  // The first word of each message, so that a process ignores its own.
  const sender = randomBytes(6).toString("base64url");
  const listeners = new Set<NotificationListener>();
  let stop: (() => Promise<void>) | null = null;

  const connection: NotificationListener = {
    onNotification(message) {
      const [from, ...topics] = message.split(" ");
      if (from === sender) return;
      for (const topic of topics) for (const listener of [...listeners]) listener.onNotification(topic);
    },
    onConnected(isAgain) {
      for (const listener of [...listeners]) listener.onConnected(isAgain);
    },
    onLost() {
      for (const listener of [...listeners]) listener.onLost();
    },
  };

  return {
    name: channelName,
    message: (topic) => `${sender} ${topic}`,
    async notify(topics) {
      const messages = messagesOf(sender, topics);
      const notify = sql`SELECT pg_notify(${channelName}, message) FROM unnest(${messages}::text[]) AS message`;
      await execute(database, notify).catch(() => {});
    },
    listen(listener) {
      listeners.add(listener);
      stop ??= keepListening(database, channelName, connection);
      return async () => {
        listeners.delete(listener);
        const end = stop;
        if (listeners.size > 0 || !end) return;
        stop = null;
        await end();
      };
    },
  };
}

/** The topics in as few messages as fit them. */
function messagesOf(sender: string, topics: readonly string[]): readonly string[] {
  const topicsOfOne = Math.floor((maxBytes - sender.length) / (topicBytes + 1));
  const messages: string[] = [];
  for (let start = 0; start < topics.length; start += topicsOfOne) {
    messages.push([sender, ...topics.slice(start, start + topicsOfOne)].join(" "));
  }
  return messages;
}

const retryBackOff: BackOff = { baseMs: 200, capMs: 5000 };

/** Listens until the returned function is called, on a new connection whenever one is lost. */
function keepListening(
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
