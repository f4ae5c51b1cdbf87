import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toInertMarkdown } from "../../src/markdown/inert-markdown.js";

describe("toInertMarkdown", () => {
  test("neutralizes every mention but the requester's", () => {
    expect(toInertMarkdown("@octocat: @hubot and @org/team.", { mentionable: ["OctoCat"] })).toBe(
      "@octocat: @\u200bhubot and @\u200borg/team.",
    );
  });

  test("leaves addresses and code alone", () => {
    const text = "mail me@example.com, use `@Injectable()`\n\n```ts\n@Injectable()\n```\nend";
    expect(toInertMarkdown(text)).toBe(text);
  });

  test("neutralizes words that close issues", () => {
    expect(toInertMarkdown("Fixes #12, closes octo/hello#3, resolve GH-4, see #5")).toBe(
      "F\u200bixes #12, c\u200bloses octo/hello#3, r\u200besolve GH-4, see #5",
    );
    expect(toInertMarkdown("Fixes https://github.test/issues/12")).toBe("F\u200bixes https://github.test/issues/12");
  });

  test("shows HTML and images as text", () => {
    expect(toInertMarkdown('<img src="https://evil.test/x"> ![x](https://evil.test/x)')).toBe(
      '&lt;img src="https://evil.test/x"> !\\[x](https://evil.test/x)',
    );
  });

  test("shows an image as text where a backslash precedes it", () => {
    expect(toInertMarkdown("\\![x](https://evil.test/x)")).toBe("\\!\\[x](https://evil.test/x)");
  });

  test("shows a mention as text where its sign is a character reference", () => {
    expect(toInertMarkdown("&#64;hubot &#x40;hubot &commat;hubot")).toBe(
      "&amp;#64;hubot &amp;#x40;hubot &amp;commat;hubot",
    );
  });

  test.each(["a <b> ![c](d) @hubot &#64; fixes #1, closes https://x.test/1", "```\n@a <b>\n```", "- ~~~\n  a"])(
    "changes nothing the second time: %j",
    (text) => {
      expect(toInertMarkdown(toInertMarkdown(text))).toBe(toInertMarkdown(text));
    },
  );

  test.each(["<!-- agentbot:task=1 -->", "```\n<!-- agentbot:task=1 -->\n```", "`<!--  agentbot:task=1 -->`"])(
    "never carries a task's marker: %j",
    (text) => {
      expect(toInertMarkdown(text)).not.toMatch(/<!--\s*agentbot:/);
    },
  );

  test("closes a code block that was left open", () => {
    expect(toInertMarkdown("```ts\ncode")).toBe("```ts\ncode\n```");
    expect(toInertMarkdown("```ts\ncode\n```")).toBe("```ts\ncode\n```");
  });

  test("closes a code block inside the list it is in, where another fence would open a new block", () => {
    expect(toInertMarkdown("- ~~~~\n  code")).toBe("- ~~~~\n  code\n  ~~~~");
    expect(toInertMarkdown("1. text\n   ```\n   code")).toBe("1. text\n   ```\n   code\n   ```");
  });

  test.each([
    "<div>\n```\n\n```\n@hubot x",
    "[a]: `\n@hubot x`",
    "``\n</div>\n@hubot x``",
    "1. \t``\n@hubot x``",
    "`a\nb` @hubot `c`",
  ])("is not deceived by what only looks like code: %j", (text) => {
    expect(toInertMarkdown(text)).not.toMatch(/(?<!\w)@hubot/);
  });

  test("cuts a text that is too long, with a note", () => {
    expect(toInertMarkdown("x".repeat(100_000))).toHaveLength(100_000);
    const cut = toInertMarkdown("@a ".repeat(30_000), { maxLength: 1000 });
    expect(cut).toHaveLength(1000);
    expect(cut).toContain("[cut: the text had 90000 characters]");
    expect(toInertMarkdown("x".repeat(100), { maxLength: 10 }).length).toBeLessThanOrEqual(10);
    expect(toInertMarkdown(`${"x".repeat(200)}`, { maxLength: 10 }).length).toBeLessThanOrEqual(10);
  });

  test("closes a code block that it cuts", () => {
    const cut = toInertMarkdown(`\`\`\`ts\n${"code\n".repeat(1000)}\`\`\``, { maxLength: 300 });
    expect(cut.length).toBeLessThanOrEqual(300);
    expect(cut).toMatch(/\n```\n\n\[cut: the text had \d+ characters\]$/);
  });

  test.each([
    ["code span", `text \`@hubot ${"x".repeat(500)}\``],
    ["character", "👩\u200d💻".repeat(500)],
    ["neutralized mention", "@hubot ".repeat(100)],
    ["fence", `text\n\n${"`".repeat(500)}\n@hubot`],
  ])("never cuts inside a %s", (_, text) => {
    for (let maxLength = 40; maxLength < 140; maxLength += 1) {
      const cut = toInertMarkdown(text, { maxLength });
      expect(cut.length).toBeLessThanOrEqual(maxLength);
      expect(cut).not.toMatch(/(?<!\w)@hubot|\p{Cs}/u);
    }
  });

  test("has no active mention, whatever the text", () => {
    const pieces = fc.constantFrom("@hubot", "`", "```\n", "\n", " ", "<!--", "-->", ">", "- ", "\\", "a", "<b>");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const prose = toInertMarkdown(parts.join("")).split(/`/)[0] ?? "";
        expect(prose).not.toMatch(/(?<!\w)@hubot/);
      }),
    );
  });
});
