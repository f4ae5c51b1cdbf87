import { describe, expect, test } from "vitest";
import { findMention, parseCommand } from "../../src/markdown/find-mention.js";
import { visibleLines } from "../../src/markdown/visible-lines.js";

/** Texts that request something, with the instruction. */
const requests: readonly (readonly [string, string])[] = [
  ["@agentbot fix the flaky test", "fix the flaky test"],
  ["@AgentBot Fix it", "Fix it"],
  ["@agentbot", ""],
  ["On Mon, Nov 30, 2026 Mona wrote:\n\n> it fails\n\n@agentbot fix it", "fix it"],
  ["On the list you wrote:\n\n@agentbot fix it", "fix it"],
  ["From: the log of CI\n\n@agentbot fix it", "fix it"],
  ["@agentbot: fix it", "fix it"],
  ["@agentbot, please", "please"],
  ["@agentbot - fix it", "fix it"],
  ["@agentbot — fix it", "fix it"],
  ["@agentbot[bot] fix it", "fix it"],
  ["@agentbot. Fix it.", "Fix it."],
  ["@agentbot -1 is returned", "-1 is returned"],
  ["   @agentbot fix it", "fix it"],
  ["Hello\n@agentbot fix it", "fix it"],
  ["Hello\r\n@agentbot fix it\r\nplease", "fix it\nplease"],
  ["> quoted\n\n@agentbot fix it", "fix it"],
  ["> ```\n> code\n> ```\n@agentbot fix it", "fix it"],
  ["```\ncode\n```\n@agentbot fix it", "fix it"],
  ["```ts\nconst a = `x`;\n```\n\n@agentbot fix it", "fix it"],
  ["<!-- template -->\n@agentbot fix it", "fix it"],
  ["<!-- template\nmore -->\n\n@agentbot fix it", "fix it"],
  ["# Title\n@agentbot fix it", "fix it"],
  ["- a list\n- of things\n\n@agentbot fix it", "fix it"],
  ["1. ```\n   code\n   ```\n2. done\n\n@agentbot fix it", "fix it"],
  ["@agentbot fix it\n\n> quoted", "fix it"],
  ["@agentbot the parser fails on `<!--` please fix", "the parser fails on `<!--` please fix"],
  ["@agentbot make it a `List<string>`", "make it a `List<string>`"],
  ["@agentbot fix it\n-- \nOctavia\nPhone 123", "fix it"],
  ["@agentbot\nfix it", "fix it"],
  ["@agentbot fix it @agentbot-two", "fix it @agentbot-two"],
  ["@agentbot see <https://example.com/a?b=c>", "see <https://example.com/a?b=c>"],
  ["<pre><code>stack `trace`</code></pre>\n\n@agentbot fix it", "fix it"],
  ["<details><summary>Log</summary>\n\n```\n<!-- \n```\n\n</details>\n\n@agentbot fix it", "fix it"],
  ["use <code>foo</code> here\n@agentbot fix it", "fix it"],
  ["> ```html\n> <!-- quoted\n> ```\n\n@agentbot fix it", "fix it"],
  ["A title\n===\n@agentbot fix it", "fix it"],
  ["text with a < b and c > d\n@agentbot fix it", "fix it"],
  // A list mark, task box, heading mark, emphasis or emoji may come before the name.
  ["- @agentbot fix it", "fix it"],
  ["1. one\n2. @agentbot fix it", "fix it"],
  ["- * @agentbot fix it", "fix it"],
  ["- [ ] @agentbot fix it", "fix it"],
  ["## @agentbot fix it", "fix it"],
  ["**@agentbot** fix it", "fix it"],
  ["**@agentbot fix it**", "fix it"],
  ["_@agentbot_, fix it", "fix it"],
  ["🤖 @agentbot fix it", "fix it"],
  ["👩🏽‍💻❤️ @agentbot fix it", "fix it"],
  ["🇩🇪 **👉 @agentbot** fix it", "fix it"],
  [":robot: @agentbot fix it", "fix it"],
  ["- [x] **@agentbot**: fix `**` here", "fix `**` here"],
];

/** Texts that have the name and request nothing. */
const others: readonly string[] = [
  "",
  "please @agentbot fix it",
  "@agentbot-foo fix it",
  "@agentbotfoo fix it",
  "@agentbot_foo fix it",
  "@agentbot/team fix it",
  "@agentbot@example.com",
  "@agentbot.io is a site",
  "@agentbot's last change broke it",
  "@agentbot’s last change broke it",
  "@agentböt fix it",
  "agentbot fix it",
  "- please @agentbot fix it",
  "- > @agentbot fix it",
  "-@agentbot fix it",
  "#@agentbot fix it",
  "~~@agentbot fix it~~",
  "_@agentbot_two_ fix it",
  "\u200d@agentbot fix it",
  "1: @agentbot fix it",
  "\\@agentbot fix it",
  "&#64;agentbot fix it",
  "> @agentbot fix it",
  ">@agentbot fix it",
  " > > @agentbot fix it",
  "> quoted\n@agentbot is lazily part of the quote",
  "```\n@agentbot fix it\n```",
  "```\n@agentbot fix it",
  "~~~\n```\n@agentbot fix it\n~~~",
  "````\n```\n@agentbot fix it\n````",
  "- ```\n  @agentbot fix it\n  ```",
  "    @agentbot fix it",
  "text\n\n\t@agentbot fix it",
  "`@agentbot fix it`",
  "a `code span\n@agentbot fix it` goes on",
  "<!-- @agentbot fix it -->",
  "<!--\n@agentbot fix it\n-->",
  "<!--\n@agentbot fix it",
  "text <!-- \n@agentbot fix it -->",
  "text <!-- never closed\n\n@agentbot fix it",
  "\u200b@agentbot fix it",
  "@\u200bagentbot fix it",
  "@agentbot\u200bfoo fix it",
  "@\u0430gentbot fix it",
  "\u{e0041}@agentbot fix it",
  "[@agentbot fix it](https://example.com)",
  "[foo\n@agentbot fix it](https://example.com)",
  "![alt\n@agentbot fix it](https://example.com/a.png)",
  "[//]: # (@agentbot fix it)",
  "[//]: # (\n@agentbot fix it\n)",
  "[label]:\n@agentbot",
  "text\n\n-- \n@agentbot fix it",
  "text\n\n-----Original Message-----\n@agentbot fix it",
  "Thanks!\n\nOn Mon, Nov 30, 2026 at 9:12 AM Mona <mona@example.com> wrote:\n\n@agentbot fix it",
  "Thanks!\n\nOn Mon, Nov 30, 2026 at 9:12 AM Mona Lisa <\nmona@example.com> wrote:\n@agentbot fix it",
  "Danke\n\nAm 30.11.2026 um 09:12 schrieb Mona:\n@agentbot fix it",
  "Merci\n\nLe 30 nov. 2026 à 09:12, Mona a écrit :\n@agentbot fix it",
  "Gracias\n\nEl lun, 30 nov 2026, Mona escribió:\n@agentbot fix it",
  "Thanks!\n\nFrom: Mona <mona@example.com>\nSent: Monday, November 30, 2026\nTo: acme/app\n\n@agentbot fix it",
  "Thanks!\n\n**From:** Mona\n**Sent:** Monday\n\n@agentbot fix it",
  "<pre>\n@agentbot fix it\n</pre>",
  "<blockquote>\n@agentbot fix it\n</blockquote>",
  "<blockquote>\n\n@agentbot fix it\n\n</blockquote>",
  '<img alt="\n@agentbot fix it\n">',
  "<code>\n@agentbot fix it\n</code>",
  "<script>\n@agentbot fix it\n</script>",
  "| @agentbot | fix it |\n|---|---|",
  // Found by comparing with a renderer: blocks that end, or do not, where one would not expect it.
  "1. \n\n\t@agentbot fix it",
  "> <!-- begun in a quote\n\n@agentbot fix it",
  "<div>\\<!--\n@agentbot fix it",
  "- <div>\n```\n\n@agentbot fix it",
  "1. <b>\n> quoted\n@agentbot fix it",
  "[a]: b\n    @agentbot fix it",
  "> quoted\n\t```\n@agentbot fix it",
  "text\n***\n\t@agentbot fix it",
  "<code><code></code>\n@agentbot fix it",
  "a <pre>`</pre>`\n@agentbot fix it",
  "[a]: `b(\n@agentbot fix it` c",
  "[link](https://example.com 'a\n@agentbot fix it\n')",
];

describe("findMention", () => {
  test.each(requests)("reads %j as a request", (text, instruction) => {
    expect(findMention(text, "agentbot")).toEqual({ instruction });
  });

  test.each(others)("sees no request in %j", (text) => {
    expect(findMention(text, "agentbot")).toBeNull();
  });

  test("cuts an instruction of more than 32 KiB, with a note", () => {
    const instruction = findMention(`@agentbot ${"x".repeat(65_000)}`, "agentbot")?.instruction ?? "";
    expect(instruction.length).toBeLessThanOrEqual(32_768);
    expect(instruction).toContain("[cut: the text had 65000 characters]");
  });

  test("takes a name with characters that mean something in patterns literally", () => {
    expect(findMention("@a.b fix", "a.b")).toEqual({ instruction: "fix" });
    expect(findMention("@axb fix", "a.b")).toBeNull();
  });

  test("keeps the order of the visible lines", () => {
    expect(visibleLines("a\n\n> b\n\nc `d\ne` f\n<!-- g -->h")).toEqual(["a", "", "", "c `d e` f", "h"]);
  });
});

describe("parseCommand", () => {
  test.each([
    ["stop", "stop"],
    [" Stop! ", "stop"],
    ["/retry", "retry"],
    ["`status`?", "status"],
    ["HELP.", "help"],
    ["resume 🙏", "resume"],
    ["please stop", null],
    ["stop it", null],
    ["stopping", null],
    ["", null],
    [`stop${"!".repeat(100_000)}`, null],
  ])("reads %j as %j", (instruction, command) => {
    expect(parseCommand(instruction)).toBe(command);
  });
});

test("a text of more lines than a call takes arguments is searched, and one without end in its beginning", () => {
  expect(findMention(`${"a\n".repeat(60_000)}\n@agentbot fix it`, "agentbot")).toEqual({ instruction: "fix it" });
  expect(visibleLines("a\n".repeat(200_000))).toHaveLength(200_001);
  expect(findMention(`${"a\n".repeat(200_000)}\n@agentbot fix it`, "agentbot")).toBeNull();
});
