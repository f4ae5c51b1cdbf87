import { AgentBotError, type Page, type PageRequest } from "@agentbot/core";
import { checkNumbers } from "@agentbot/core/adapter";

const defaultLimit = 50;
const maxLimit = 1000;

/** Where a page starts and how long it is. */
export interface PageStart {
  readonly limit: number;
  /** The place after which the page starts, or null for the first page. */
  readonly after: number | null;
}

/**
 * Reads a page request. A cursor is opaque to callers: the list's name and a place in it, base64url.
 *
 * @throws AgentBotError `REQUEST_INVALID` for a limit that is not a positive integer, `CONFIGURATION_INVALID` for a foreign
 * cursor
 */
export function readPageRequest(list: string, { limit = defaultLimit, cursor }: PageRequest): PageStart {
  checkNumbers({ limit });
  return { limit: Math.min(limit, maxLimit), after: cursor === undefined ? null : readCursor(list, cursor) };
}

function readCursor(list: string, cursor: string): number {
  const match = /^([a-z]+):(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (match?.[1] === list && writeCursor(list, Number(match[2])) === cursor) return Number(match[2]);
  throw new AgentBotError(
    "CONFIGURATION_INVALID",
    `cursor: not a cursor of the ${list} list. Pass the \`next\` of the page before unchanged, or none for the first page.`,
  );
}

function writeCursor(list: string, place: number): string {
  return Buffer.from(`${list}:${place}`, "latin1").toString("base64url");
}

/** Makes a page of rows that were read with one more than the limit, to know whether another page follows. */
export function toPage<Row extends { readonly sequence: number }, Item>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next: last !== undefined && rows.length > limit ? writeCursor(list, last.sequence) : null,
  };
}
