import type { Store } from "@agentbot/core";
import { createMemoryStore } from "@agentbot/core/memory";
import { storeContract } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { casesThatMissIt } from "./broken-cases.js";

/** A fault of a store, and the cases that must catch it. */
export interface BrokenStore {
  readonly fault: string;
  readonly about: RegExp;
  readonly breaking: (store: Store) => Partial<Store>;
}

/** Tests that the store contract catches each of these faults. */
export function testBrokenStores(broken: readonly BrokenStore[]): void {
  for (const { fault, about, breaking } of broken) {
    test(`the suites catch ${fault}`, async () => {
      const create = async () => {
        const store = createMemoryStore();
        return { subject: { ...store, ...breaking(store) }, dispose: async () => {} };
      };
      expect(await casesThatMissIt(storeContract({ create }), about)).toEqual([]);
    });
  }
}
