import { randomBytes } from "node:crypto";
import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { keepListening } from "./keep-listening.js";
import { noticeChannel, noticeMessage, noticeMessages, readNotice } from "./notice-message.js";

/** Hears what other processes notified. */
export interface NoticeReader {
  noticed(topic: string): void;
  /** It is heard from now on; `isAgain`: it was before, and what came in between was missed. */
  connected(isAgain: boolean): void;
  /** Nothing is heard for a while. */
  lost(): void;
}

/** The notices of one database: heard over one connection, however many read them. */
export interface NoticeBoard {
  /** For a statement that notifies by itself: `pg_notify(channel, message)`. */
  readonly channel: string;
  message(topic: string): string;
  /** Tells other processes, each topic once. Never throws: who misses a notice loses time only. */
  post(topics: readonly string[]): Promise<void>;
  /** Hears until the returned function is called; the first reader opens the connection, the last one closes it. */
  attach(reader: NoticeReader): () => Promise<void>;
}

const boards = new WeakMap<SqlDatabase, NoticeBoard>();

/** The one notice board of a database in this process. */
export function noticeBoardOf(database: SqlDatabase): NoticeBoard {
  const known = boards.get(database);
  if (known) return known;
  const board = createNoticeBoard(database);
  boards.set(database, board);
  return board;
}

function createNoticeBoard(database: SqlDatabase): NoticeBoard {
  const sender = randomBytes(6).toString("base64url");
  const readers = new Set<NoticeReader>();
  let stop: (() => Promise<void>) | null = null;

  const heard = (message: string): void => {
    const notice = readNotice(message);
    if (notice.sender === sender) return;
    for (const topic of notice.topics) for (const reader of [...readers]) reader.noticed(topic);
  };
  const listening = {
    heard,
    connected: (isAgain: boolean): void => {
      for (const reader of [...readers]) reader.connected(isAgain);
    },
    lost: (): void => {
      for (const reader of [...readers]) reader.lost();
    },
  };

  return {
    channel: noticeChannel,
    message: (topic) => noticeMessage(sender, [topic]),
    async post(topics) {
      const messages = noticeMessages(sender, topics);
      const notify = sql`SELECT pg_notify(${noticeChannel}, message) FROM unnest(${messages}::text[]) AS message`;
      await execute(database, notify).catch(() => {});
    },
    attach(reader) {
      readers.add(reader);
      stop ??= keepListening(database, noticeChannel, listening);
      return async () => {
        readers.delete(reader);
        const end = stop;
        if (readers.size > 0 || !end) return;
        stop = null;
        await end();
      };
    },
  };
}
