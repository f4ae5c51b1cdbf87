/** A binary heap that finds and removes any of its items in O(log n). */
export interface IndexedHeap<Item> {
  readonly size: number;
  /** Adds an item, or moves it to its present place. */
  push(item: Item): void;
  /** Returns the first item, which stays in place. */
  peek(): Item | undefined;
  /** Takes an item out; harmless if it is not there. */
  remove(item: Item): void;
}

/** Creates an empty heap in the order of `isBefore`. */
export function createIndexedHeap<Item>(isBefore: (one: Item, other: Item) => boolean): IndexedHeap<Item> {
  const items: Item[] = [];
  const places = new Map<Item, number>();

  const put = (item: Item, place: number): void => {
    items[place] = item;
    places.set(item, place);
  };

  const rise = (item: Item, from: number): number => {
    let place = from;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = items[parentPlace];
      if (parent === undefined || !isBefore(item, parent)) break;
      put(parent, place);
      place = parentPlace;
    }
    put(item, place);
    return place;
  };

  const sink = (item: Item, from: number): void => {
    let place = from;
    for (;;) {
      const [leftPlace, rightPlace] = [2 * place + 1, 2 * place + 2];
      const [left, right] = [items[leftPlace], items[rightPlace]];
      const isRightFirst = left !== undefined && right !== undefined && isBefore(right, left);
      const [child, childPlace] = isRightFirst ? [right, rightPlace] : [left, leftPlace];
      if (child === undefined || !isBefore(child, item)) break;
      put(child, place);
      place = childPlace;
    }
    put(item, place);
  };

  return {
    get size() {
      return items.length;
    },
    push(item) {
      sink(item, rise(item, places.get(item) ?? items.length));
    },
    peek() {
      return items[0];
    },
    remove(item) {
      const place = places.get(item);
      if (place === undefined) return;
      places.delete(item);
      const last = items.pop();
      if (last !== undefined && last !== item) sink(last, rise(last, place));
    },
  };
}
