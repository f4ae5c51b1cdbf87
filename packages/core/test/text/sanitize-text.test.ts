import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sanitizeText } from "../../src/text/sanitize-text.js";

describe("sanitizeText", () => {
  test.each([
    ["tag characters", "a\u{e0041}\u{e0042}b", "ab"],
    ["variation selectors of plane 14", "a\u{e0100}b", "ab"],
    ["zero-width characters", "a\u200b\u200c\u200d\u2060\ufeffb", "ab"],
    ["joiners beside one emoji only", "😀\u200da\u200d😀\u200d", "😀a😀"],
    ["bidirectional overrides", "a\u202e\u2066b", "ab"],
    ["fillers", "a\u3164\u115f\uffa0\u00adb", "ab"],
    ["control characters and NUL", "a\u0000\u0007\u007f\u0085b\tc\nd", "a\nb\tc\nd"],
    ["lone surrogates", "a\ud800b\udc00c", "abc"],
    ["private use", "a\ue000\u{f0000}b", "ab"],
    ["ANSI colours", "\u001b[34mbar\u001b[0m\u001b[2K", "bar"],
    ["terminal titles", "\u001b]0;title\u0007bar", "bar"],
  ])("removes %s", (_, text, expected) => {
    expect(sanitizeText(text)).toBe(expected);
  });

  test.each([
    ["emoji with their variation selector", "a ❤️ 1️⃣ b"],
    ["emoji of several", "a 👩‍💻👩🏽‍🚒❤️‍🔥 b"],
    ["comments, which are markup", "a <!-- shown --> b"],
    ["other scripts", "Grüße, 你好, مرحبا, 🙏🏽"],
  ])("keeps %s", (_, text) => {
    expect(sanitizeText(text)).toBe(text);
  });

  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect(sanitizeText(sanitizeText(text))).toBe(sanitizeText(text));
      }),
    );
  });

  test("leaves no invisible character, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        expect(sanitizeText(text).replace(/(?<=\p{Emoji})\u200d(?=\p{Emoji})/gu, "")).not.toMatch(
          /[\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\p{Cs}\u{e0000}-\u{e0fff}]/u,
        );
        expect([...sanitizeText(text)].filter((one) => one < " " && one !== "\n" && one !== "\t")).toEqual([]);
      }),
    );
  });
});
