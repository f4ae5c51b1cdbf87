/** Time that passes only from event to event: everything that waits, waits for one of them. */
export interface VirtualTime {
  readonly nowMs: number;
  /** Calls `act` after `delayMs`; calls of one moment run in the order of their requests. Returns the function that cancels it. */
  after(delayMs: number, act: () => void): () => void;
  /** Lets everything happen until `isOver` or until `untilMs`. */
  run(isOver: () => boolean, untilMs: number): Promise<void>;
  /** Jumps ahead, as when all machines are asleep; what is due meanwhile comes at once and late. */
  leapTo(ms: number): void;
  /** How many events have happened. */
  readonly eventCount: number;
}

interface Happening {
  readonly atMs: number;
  readonly order: number;
  act: (() => void) | null;
}

/** All promises that can go on have done so before the next turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isBefore = (one: Happening, other: Happening): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/** Time that stands at 0. */
export function createVirtualTime(): VirtualTime {
  const heap: Happening[] = [];
  let nowMs = 0;
  let order = 0;
  let eventCount = 0;

  const push = (happening: Happening): void => {
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (!parent || !isBefore(happening, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = happening;
  };
  const pop = (): Happening | undefined => {
    const [first] = heap;
    const last = heap.pop();
    if (!last || last === first) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left && right && isBefore(right, left)) below += 1;
      const child = heap[below];
      if (!child || !isBefore(child, last)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
    return first;
  };

  return {
    get nowMs() {
      return nowMs;
    },
    get eventCount() {
      return eventCount;
    },
    after(delayMs, act) {
      order += 1;
      const happening: Happening = { atMs: nowMs + Math.max(0, Math.ceil(delayMs)), order, act };
      push(happening);
      return () => {
        happening.act = null;
      };
    },
    async run(isOver, untilMs) {
      await turn();
      while (!isOver()) {
        const next = heap[0];
        if (!next || next.atMs > untilMs) {
          nowMs = Math.max(nowMs, untilMs);
          return;
        }
        pop();
        if (!next.act) continue;
        nowMs = Math.max(nowMs, next.atMs);
        eventCount += 1;
        next.act();
        await turn();
      }
    },
    leapTo(ms) {
      nowMs = Math.max(nowMs, ms);
    },
  };
}
