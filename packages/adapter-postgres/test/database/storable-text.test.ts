import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storableJson, storableText } from "../../src/database/sql.js";

// Node's encoder puts U+FFFD in place of half surrogate pairs.
const wellFormed = (text: string): string => Buffer.from(text, "utf8").toString("utf8");
const anyText = fc.string({ unit: "binary" });
const halfPairs = fc.array(fc.oneof(fc.constantFrom("\u0000", "\ud800", "\udfff", "\\", "\\u0000", "a", "\u{1f980}")));

describe("text that PostgreSQL can store", () => {
  test("is the same text where that can be stored", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(storableText(text)).toBe(wellFormed(text).replaceAll("\u0000", ""));
      }),
    );
  });

  test("has neither NUL nor half surrogate pairs", () => {
    expect(storableText("a\u0000b")).toBe("ab");
    expect(storableText("a\ud800b\udc00")).toBe("a\ufffdb\ufffd");
    expect(storableText("\u{1f980}")).toBe("\u{1f980}");
  });

  test("is read in linear time", () => {
    expect(storableText("\ud800".repeat(1_000_000))).toHaveLength(1_000_000);
    expect(storableJson("\u0000\\".repeat(1_000_000))).toHaveLength(2_000_002);
  });
});

describe("JSON that PostgreSQL can store", () => {
  test("is the value with every text and key made storable", () => {
    fc.assert(
      fc.property(halfPairs, (pieces) => {
        const text = pieces.join("");
        const storable = wellFormed(text).replaceAll("\u0000", "");
        expect(JSON.parse(storableJson({ list: [text] }))).toEqual({ list: [storable] });
        expect(JSON.parse(storableJson({ [text]: 1 }))).toEqual({ [storable]: 1 });
      }),
    );
  });

  test("leaves backslashes and other escapes alone", () => {
    const value = { text: '\\u0000 \\ud800 \u0001 \n "quoted" \\' };
    expect(JSON.parse(storableJson(value))).toEqual(value);
  });
});
