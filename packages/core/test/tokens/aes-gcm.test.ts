import { createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openAesGcm, sealAesGcm } from "../../src/tokens/aes-gcm.js";

const hex = (text: string): Buffer => Buffer.from(text, "hex");

const key16 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const plaintext16 =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" +
  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const ciphertext16 =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa" +
  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

/** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 13 to 16 (AES-256, 96-bit IV). */
const vectors = [
  {
    name: "13",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    additionalData: "",
    plaintext: "",
    ciphertext: "",
    tag: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    name: "14",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    additionalData: "",
    plaintext: "00".repeat(16),
    ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    name: "15",
    key: key16,
    nonce: "cafebabefacedbaddecaf888",
    additionalData: "",
    plaintext: plaintext16,
    ciphertext: ciphertext16,
    tag: "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    name: "16",
    key: key16,
    nonce: "cafebabefacedbaddecaf888",
    additionalData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    plaintext: plaintext16.slice(0, 120),
    ciphertext: ciphertext16.slice(0, 120),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
].map(({ name, key, ...rest }) => ({ name, key: createSecretKey(hex(key)), ...rest }));

describe("AES-256-GCM", () => {
  test.each(vectors)(
    "seals the published test case $name",
    ({ key, nonce, additionalData, plaintext, ciphertext, tag }) => {
      const sealed = sealAesGcm({ key, nonce: hex(nonce), additionalData: hex(additionalData) }, hex(plaintext));
      expect(sealed.ciphertext.toString("hex")).toBe(ciphertext);
      expect(sealed.tag.toString("hex")).toBe(tag);
    },
  );

  test.each(vectors)(
    "opens the published test case $name",
    ({ key, nonce, additionalData, plaintext, ciphertext, tag }) => {
      const input = { key, nonce: hex(nonce), additionalData: hex(additionalData) };
      expect(openAesGcm(input, hex(ciphertext), hex(tag)).toString("hex")).toBe(plaintext);
      expect(() => openAesGcm(input, hex(ciphertext), hex(tag).reverse())).toThrow();
      expect(() => openAesGcm({ ...input, additionalData: hex("00") }, hex(ciphertext), hex(tag))).toThrow();
    },
  );

  test("takes no tag that is cut short", () => {
    const [vector] = vectors;
    if (!vector) throw new Error("no vector");
    const input = { key: vector.key, nonce: hex(vector.nonce), additionalData: hex("") };
    expect(() => openAesGcm(input, hex(""), hex(vector.tag).subarray(0, 4))).toThrow();
  });
});
