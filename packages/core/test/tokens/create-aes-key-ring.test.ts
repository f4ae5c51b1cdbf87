import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { keyRingContract } from "../../src/testing/key-ring-contract.js";
import { createAesKeyRing } from "../../src/tokens/create-aes-key-ring.js";

const newKey = (id: string) => ({ id, key: randomBytes(32) });
const place = { table: "installations", column: "webhook_secret", rowId: "1" };

describe("the AES key ring", () => {
  const create = async () => ({
    subject: createAesKeyRing({ keys: [newKey("a"), newKey("b")] }),
    dispose: async () => {},
  });
  for (const { name, run } of keyRingContract({ create })) test(name, run);

  test("writes v1, the first key's id, iv, ciphertext and tag", async () => {
    const ciphertext = await createAesKeyRing({ keys: [newKey("2026-11"), newKey("old")] }).encrypt("secret", place);
    expect(ciphertext).toMatch(/^v1\.2026-11\.[\w-]{16}\.[\w-]{8}\.[\w-]{22}$/);
  });

  test("opens what an older key sealed, once a newer one is in front of it", async () => {
    const [older, newer] = [newKey("older"), newKey("newer")];
    const ciphertext = await createAesKeyRing({ keys: [older] }).encrypt("secret", place);
    expect(await createAesKeyRing({ keys: [newer, older] }).decrypt(ciphertext, place)).toBe("secret");
  });

  test("names the remedy if the key is gone", async () => {
    const ciphertext = await createAesKeyRing({ keys: [newKey("gone")] }).encrypt("secret", place);
    await expect(createAesKeyRing({ keys: [newKey("here")] }).decrypt(ciphertext, place)).rejects.toMatchObject({
      code: "DECRYPTION_FAILED",
      message: expect.stringContaining("put it back behind the first one"),
    });
  });

  test("does not open with another key of the same id", async () => {
    const ciphertext = await createAesKeyRing({ keys: [newKey("a")] }).encrypt("secret", place);
    const other = createAesKeyRing({ keys: [newKey("a")] });
    await expect(other.decrypt(ciphertext, place)).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
  });

  test("takes one spelling of a ciphertext only", async () => {
    const keyRing = createAesKeyRing({ keys: [newKey("a")] });
    const ciphertext = await keyRing.encrypt("secret", place);
    for (const other of [`${ciphertext}=`, `${ciphertext} `, ciphertext.replace(/.$/, (digit) => `${digit}\n`)]) {
      await expect(keyRing.decrypt(other, place)).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
    }
  });

  test("keeps its keys when the caller wipes the bytes it handed over", async () => {
    const key = newKey("a");
    const keyRing = createAesKeyRing({ keys: [key] });
    const ciphertext = await keyRing.encrypt("secret", place);
    key.key.fill(0);
    expect(await keyRing.decrypt(ciphertext, place)).toBe("secret");
    expect(await keyRing.decrypt(await keyRing.encrypt("next", place), place)).toBe("next");
  });

  test("refuses places whose table or column could read as another place", async () => {
    const keyRing = createAesKeyRing({ keys: [newKey("a")] });
    await expect(keyRing.encrypt("secret", { ...place, column: "a:b" })).rejects.toMatchObject({
      code: "CONFIGURATION_INVALID",
    });
  });

  test.each([
    ["no key", []],
    ["a short key", [{ id: "a", key: randomBytes(16) }]],
    ["an id with a dot", [newKey("a.b")]],
    ["two keys of one id", [newKey("a"), newKey("a")]],
  ])("refuses %s", (_, keys) => {
    expect(() => createAesKeyRing({ keys })).toThrow(/^createAesKeyRing: keys/);
  });
});
