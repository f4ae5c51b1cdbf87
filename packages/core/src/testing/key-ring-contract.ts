import assert from "node:assert/strict";
import type { KeyRing } from "../ports/key-ring.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";
import { rejectsWithCode } from "./rejects-with-code.js";

const place = { table: "installations", column: "webhook_secret", rowId: "1" };
const secret = "a secret nobody may read";

const clauses: readonly ContractClause<KeyRing>[] = [
  ...["", secret, "ünïcødé \u{1f511}\u0000\n", "x".repeat(100_000)].map((plaintext) => ({
    name: `a secret of ${plaintext.length} characters comes back as it was`,
    check: async (keyRing: KeyRing) => {
      assert.equal(await keyRing.decrypt(await keyRing.encrypt(plaintext, place), place), plaintext);
    },
  })),
  {
    name: "a ciphertext shows nothing of its secret",
    check: async (keyRing) => {
      const ciphertext = await keyRing.encrypt(secret, place);
      for (const encoding of ["utf8", "base64", "base64url", "hex"] as const) {
        assert.ok(!ciphertext.includes(Buffer.from(secret, "utf8").toString(encoding).slice(0, 12)), encoding);
      }
    },
  },
  {
    name: "the same secret is encrypted differently each time",
    check: async (keyRing) => {
      const ciphertexts = await Promise.all(Array.from({ length: 100 }, () => keyRing.encrypt(secret, place)));
      assert.equal(new Set(ciphertexts).size, 100);
    },
  },
  ...(["table", "column", "rowId"] as const).map((part) => ({
    name: `a ciphertext does not open with another ${part}`,
    check: async (keyRing: KeyRing) => {
      const ciphertext = await keyRing.encrypt(secret, place);
      await rejectsWithCode(keyRing.decrypt(ciphertext, { ...place, [part]: "2" }), "DECRYPTION_FAILED");
    },
  })),
  {
    name: "a ciphertext with any character changed does not open",
    check: async (keyRing) => {
      const ciphertext = await keyRing.encrypt(secret, place);
      for (let at = 0; at < ciphertext.length; at += 1) {
        // A high bit of a base64url digit: never a padding bit, which decoders ignore.
        const changed = String.fromCharCode(ciphertext.charCodeAt(at) ^ 0x10);
        const tampered = ciphertext.slice(0, at) + changed + ciphertext.slice(at + 1);
        await rejectsWithCode(keyRing.decrypt(tampered, place), "DECRYPTION_FAILED");
      }
    },
  },
  {
    name: "a ciphertext that is cut off does not open",
    check: async (keyRing) => {
      const ciphertext = await keyRing.encrypt(secret, place);
      for (let length = 0; length < ciphertext.length; length += 1) {
        await rejectsWithCode(keyRing.decrypt(ciphertext.slice(0, length), place), "DECRYPTION_FAILED");
      }
    },
  },
  {
    name: "a text that is not a ciphertext does not open, and the error does not quote it",
    check: async (keyRing) => {
      for (const text of ["", secret, "v1....", "v9.a.b.c.d", `${await keyRing.encrypt(secret, place)}.x`]) {
        const error: unknown = await keyRing.decrypt(text, place).then(assert.fail, (reason: unknown) => reason);
        await rejectsWithCode(Promise.reject(error), "DECRYPTION_FAILED");
        assert.ok(text === "" || !String(error).includes(text));
      }
    },
  },
];

/** The contract of the port {@link KeyRing}. */
export function keyRingContract(options: ContractOptions<KeyRing>): readonly ContractCase[] {
  return contractCases("KeyRing", options, clauses);
}
