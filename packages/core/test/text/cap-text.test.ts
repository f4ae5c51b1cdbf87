import { describe, expect, test } from "vitest";
import { capText, cutText, shortenText, toLine } from "../../src/text/cap-text.js";

/** Characters as a reader counts them, each of several UTF-16 units. */
const characters = {
  "a letter with an accent": "e\u0301",
  "an emoji": "😀",
  "an emoji with a colour": "👍🏽",
  "a profession": "👩‍💻",
  "a family": "👩‍👩‍👧‍👦",
  "a flag": "🇩🇪",
  "a Korean syllable of three letters": "\u1112\u1161\u11ab",
};

describe.each(Object.entries(characters))("a cut text of %s", (_, character) => {
  const text = character.repeat(40);

  test.each([
    ["cutText", cutText],
    ["shortenText", shortenText],
    ["capText", capText],
  ])("ends between two of them by %s", (_name, cut) => {
    for (let maxLength = 1; maxLength < 90; maxLength += 1) {
      const short = cut(text, maxLength);
      expect(short.length).toBeLessThanOrEqual(maxLength);
      const [whole = ""] = short.split(/…|\n\n\[|\n|\[cut/);
      expect(whole).toBe(character.repeat(whole.length / character.length));
    }
  });
});

describe("a cut", () => {
  test("leaves a text alone that fits", () => {
    for (const cut of [cutText, shortenText, capText]) expect(cut("👩‍💻", 5)).toBe("👩‍💻");
  });

  test("goes through a letter under hundreds of marks, which would else leave nothing", () => {
    const tower = `a${"\u0301".repeat(1000)}`;
    expect(cutText(tower, 120)).toHaveLength(120);
    expect(cutText(`a${"\u{1d165}".repeat(500)}`, 120)).not.toMatch(/\p{Surrogate}/u);
  });

  test("is shown by an ellipsis in few words, and by a note in many", () => {
    expect(shortenText("one two three", 9)).toBe("one two…");
    expect(capText("x".repeat(100), 50)).toMatch(/^x+\n\n\[cut: the text had 100 characters\]$/);
  });
});

test("a line of people's text has no line ends, no invisible characters and no runs of spaces", () => {
  expect(toLine(" A\r\n title\u200b\u0000 \u00a0 with\tgaps ", 100)).toBe("A title with gaps");
  expect(toLine(`${"x".repeat(99)}👩‍💻`, 100)).toBe(`${"x".repeat(99)}…`);
});
