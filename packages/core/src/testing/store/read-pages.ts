import assert from "node:assert/strict";
import type { Page } from "../../task/page.js";

/** Reads every page, asserting that none is longer than asked and that the pages end. */
export async function readPages<Item>(
  read: (cursor: { readonly cursor?: string }) => Promise<Page<Item>>,
  limit: number,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let page = await read({});
  for (let pages = 1; ; pages += 1) {
    assert.ok(page.items.length <= limit, `a page of at most ${limit} has ${page.items.length} items`);
    items.push(...page.items);
    if (page.next === null) return items;
    assert.ok(pages < 1000, "the pages never end");
    page = await read({ cursor: page.next });
  }
}
