import fc from "fast-check";
import { expect, test } from "vitest";
import { createIndexedHeap } from "../../src/memory/queue/indexed-heap.js";

interface Item {
  key: number;
}

test("pushes, moves and removals in any order leave the smallest item first", () => {
  const steps = fc.array(fc.tuple(fc.nat(20), fc.constantFrom("push", "remove"), fc.nat(50)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const heap = createIndexedHeap<Item>((one, other) => one.key < other.key);
      const items = Array.from({ length: 21 }, (): Item => ({ key: 0 }));
      const model = new Set<Item>();
      for (const [index, step, key] of sequence) {
        const item = items[index] ?? { key };
        if (step === "push") {
          item.key = key;
          heap.push(item);
          model.add(item);
        } else {
          heap.remove(item);
          model.delete(item);
        }
        expect(heap.size).toBe(model.size);
        expect(heap.peek()?.key).toBe(model.size === 0 ? undefined : Math.min(...[...model].map((one) => one.key)));
      }
    }),
  );
});
