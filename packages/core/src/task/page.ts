/** A page of results in keyset order; `next` is the cursor of the following page, or null at the end. */
export interface Page<Item> {
  /** The results, at most as many as requested. */
  readonly items: readonly Item[];
  /** The cursor of the following page, or null. */
  readonly next: string | null;
}

/** Which page to read. */
export interface PageRequest {
  /** Maximum number of items. @defaultValue 50 */
  readonly limit?: number;
  /** The `next` of the page before; absent for the first page. */
  readonly cursor?: string;
}
