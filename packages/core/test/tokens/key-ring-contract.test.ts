import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { KeyRing } from "../../src/ports/key-ring.js";
import { keyRingContract } from "../../src/testing/key-ring-contract.js";
import { createAesKeyRing } from "../../src/tokens/create-aes-key-ring.js";

const nowhere = { table: "t", column: "c", rowId: "1" };

/** Each is right but for one thing. */
const broken: Record<string, (keyRing: KeyRing) => Partial<KeyRing>> = {
  "binds no place": (keyRing) => ({
    encrypt: (plaintext) => keyRing.encrypt(plaintext, nowhere),
    decrypt: (ciphertext) => keyRing.decrypt(ciphertext, nowhere),
  }),
  "keeps the text": () => ({ encrypt: async (plaintext) => plaintext, decrypt: async (ciphertext) => ciphertext }),
  "answers a broken text with nothing": (keyRing) => ({
    decrypt: (ciphertext, location) => keyRing.decrypt(ciphertext, location).catch(() => ""),
  }),
  "throws any error": (keyRing) => ({
    decrypt: (ciphertext, location) =>
      keyRing.decrypt(ciphertext, location).catch((error) => Promise.reject(new Error(error))),
  }),
  "encrypts the same each time": (keyRing) => {
    const known = new Map<string, Promise<string>>();
    return {
      encrypt: (plaintext, location) => {
        const key = JSON.stringify([plaintext, location]);
        const ciphertext = known.get(key) ?? keyRing.encrypt(plaintext, location);
        known.set(key, ciphertext);
        return ciphertext;
      },
    };
  },
};

describe("the key ring contract catches a key ring that", () => {
  test.each(Object.entries(broken))("%s", async (_, sabotage) => {
    const create = async () => {
      const keyRing = createAesKeyRing({ keys: [{ id: "a", key: randomBytes(32) }] });
      return { subject: { ...keyRing, ...sabotage(keyRing) }, dispose: async () => {} };
    };
    const outcomes = await Promise.allSettled(keyRingContract({ create }).map(({ run }) => run()));
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });
});
