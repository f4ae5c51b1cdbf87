import { cutToName, nameSchema } from "@agentbot/core/adapter";
import { describe, expect, test } from "vitest";

const isName = (text: string): boolean => nameSchema.safeParse(text).success;

describe("a name", () => {
  test.each(["a", "é", "€", "\u{1f980}", "\ud800"])("of %s has at most 800 bytes of UTF-8", (letter) => {
    const count = Math.floor(800 / Buffer.byteLength(letter));
    expect(isName(letter.repeat(count))).toBe(true);
    expect(isName(letter.repeat(count + 1))).toBe(false);
  });

  test("is what is left of a text that is cut, which ends between two characters", () => {
    expect(cutToName("short")).toBe("short");
    for (const letter of ["a", "€", "\u{1f980}"]) {
      const text = `x${letter.repeat(5000)}`;
      const cut = cutToName(text);
      expect(isName(cut)).toBe(true);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut).toBe(Buffer.from(cut).toString());
    }
  });
});
