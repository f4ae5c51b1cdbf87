import { AgentBotError } from "../../errors/agentbot-error.js";
import { checkNumbers } from "../../inbox/check-numbers.js";
import type { Page, PageRequest } from "../../task/page.js";

/** The limit of a page whose request has none. */
const defaultPageLimit = 50;

/**
 * Returns the ordinal after which a page begins, or null for the first page.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` for a cursor that is not a page's `next`
 */
function cursorOrdinal({ cursor }: PageRequest): number | null {
  if (cursor === undefined) return null;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AgentBotError("CONFIGURATION_INVALID", "cursor: not the `next` of a page; leave it out for the first page");
}

/** Returns a page of the matching records, newest first; `records` are in arrival order. */
export function pageNewestFirst<Row extends { readonly ordinal: number }>(
  records: readonly Row[],
  request: PageRequest,
  matches: (record: Row) => boolean,
): Page<Row> {
  const { limit = defaultPageLimit } = request;
  checkNumbers({ limit });
  const before = cursorOrdinal(request) ?? Number.POSITIVE_INFINITY;
  const items: Row[] = [];
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (!record || record.ordinal >= before || !matches(record)) continue;
    if (items.length === limit) return { items, next: String(items.at(-1)?.ordinal) };
    items.push(record);
  }
  return { items, next: null };
}

/** Returns a page of the records, oldest first, and what `toItem` makes of each. */
export function pageOldestFirst<Row extends { readonly ordinal: number }, Item>(
  records: Iterable<Row>,
  request: PageRequest,
  toItem: (record: Row) => Item,
): Page<Item> {
  const { limit = defaultPageLimit } = request;
  checkNumbers({ limit });
  const after = cursorOrdinal(request) ?? 0;
  const rest = [...records].filter(({ ordinal }) => ordinal > after).sort((one, other) => one.ordinal - other.ordinal);
  const items = rest.slice(0, limit);
  return { items: items.map(toItem), next: rest.length > limit ? String(items.at(-1)?.ordinal) : null };
}
