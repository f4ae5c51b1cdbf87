import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sanitizeMarkdown } from "../../src/markdown/sanitize-markdown.js";

describe("sanitizeMarkdown", () => {
  test.each([
    ["invisible characters", "a\u200b\u{e0041}b\u001b[0m", "ab"],
    ["comments", "a <!-- hidden --> b", "a   b"],
    ["unterminated comments with the rest of the text", "a\n<!-- hidden\nmore", "a\n "],
    ["comments split by invisible characters", "a <\u200b!-- hidden --> b", "a   b"],
    ["comments made by removing comments", "<!<!-- -->-- hidden -->", "<! -- hidden -->"],
  ])("removes %s", (_, text, expected) => {
    expect(sanitizeMarkdown(text)).toBe(expected);
  });

  test.each([
    ["comments shown in a code block", "```html\n<!-- shown -->\n```\ntext"],
    ["a comment opened in a code block", "```html\n<!-- shown\n```\ntext"],
    ["comments shown in a code span", "the `<!--` mark"],
  ])("keeps %s", (_, text) => {
    expect(sanitizeMarkdown(text)).toBe(text);
  });

  const pieces = fc.constantFrom(
    ..."<!-- --> `` ``` ~~~ > - 1. \n \t    <pre> </pre> <div> \\ \u200b \u001b[ m \u{e0041} \ufe0f ❤ # -- a <! --! <!--> [ ]".split(
      " ",
    ),
    "\n",
    "\n\n",
    "    ",
  );
  const markdown = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(""));

  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const once = sanitizeMarkdown(text);
        expect(sanitizeMarkdown(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });
});
