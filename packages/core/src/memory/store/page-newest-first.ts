import type { Page, PageRequest } from "../../task/page.js";
import { cursorOrdinal, defaultPageLimit } from "./page-cursor.js";

/** A page of the matching records, newest first; `records` are in arrival order. */
export function pageNewestFirst<Row extends { readonly ordinal: number }>(
  records: readonly Row[],
  request: PageRequest,
  matches: (record: Row) => boolean,
): Page<Row> {
  const { limit = defaultPageLimit } = request;
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
