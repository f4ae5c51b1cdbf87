import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capText } from "../../src/text/cap-text.js";
import { cleanComment, neutralizeMentions } from "../../src/text/clean-comment.js";

describe("cleanComment", () => {
  test("neutralizes every mention but the requester's", () => {
    expect(cleanComment("@octocat: @hubot and @org/team.", { mentionable: ["OctoCat"] })).toBe(
      "@octocat: @\u200bhubot and @\u200borg/team.",
    );
  });

  test("leaves addresses and code alone", () => {
    const text = "mail me@example.com, use `@Injectable()`\n\n```ts\n@Injectable()\n```\nend";
    expect(cleanComment(text)).toBe(text);
  });

  test("neutralizes words that close issues", () => {
    expect(cleanComment("Fixes #12, closes octo/hello#3, resolve GH-4, see #5")).toBe(
      "Fixes #\u200b12, closes octo/hello#\u200b3, resolve GH-\u200b4, see #5",
    );
  });

  test("shows HTML and images as text", () => {
    expect(cleanComment('<img src="https://evil.test/x"> ![x](https://evil.test/x)')).toBe(
      '&lt;img src="https://evil.test/x"> \\![x](https://evil.test/x)',
    );
  });

  test.each(["<!-- agentbot:task=1 -->", "```\n<!-- agentbot:task=1 -->\n```", "`<!--  agentbot:task=1 -->`"])(
    "never carries a task's marker: %j",
    (text) => {
      expect(cleanComment(text)).not.toMatch(/<!--\s*agentbot:/);
    },
  );

  test("closes a code block that was left open", () => {
    expect(cleanComment("```ts\ncode")).toBe("```ts\ncode\n```");
    expect(cleanComment("```ts\ncode\n```")).toBe("```ts\ncode\n```");
    expect(cleanComment("- ~~~~\n  code")).toBe("- ~~~~\n  code\n~~~~");
  });

  test.each([
    "<div>\n```\n\n```\n@hubot x",
    "[a]: `\n@hubot x`",
    "``\n</div>\n@hubot x``",
    "1. \t``\n@hubot x``",
    "`a\nb` @hubot `c`",
  ])("is not deceived by what only looks like code: %j", (text) => {
    expect(cleanComment(text)).not.toMatch(/(?<!\w)@hubot/);
  });

  test("caps a text at what a comment can hold", () => {
    expect(cleanComment("x".repeat(100_000)).length).toBeLessThanOrEqual(65_536);
    expect(cleanComment("@a ".repeat(30_000), { maxLength: 1000 }).length).toBeLessThanOrEqual(1000);
  });

  test("never lets a stranger be mentioned, whatever the text", () => {
    const pieces = fc.constantFrom("@hubot", "`", "```\n", "\n", " ", "<!--", "-->", ">", "- ", "\\", "a", "<b>");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const prose = cleanComment(parts.join("")).split(/`/)[0] ?? "";
        expect(prose).not.toMatch(/(?<!\w)@hubot/);
      }),
    );
  });
});

test("neutralizeMentions leaves a text without mentions unchanged", () => {
  expect(neutralizeMentions("nothing here, me@example.com")).toBe("nothing here, me@example.com");
});

test("capText never cuts a character in half", () => {
  for (let length = 40; length < 60; length += 1) expect(capText("😀".repeat(100), length)).not.toMatch(/\p{Cs}/u);
});
