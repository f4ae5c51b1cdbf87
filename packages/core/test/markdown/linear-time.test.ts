import { describe, expect, test } from "vitest";
import { toInertLine } from "../../src/markdown/acting-words.js";
import { findMention } from "../../src/markdown/find-mention.js";
import { plainToMarkdown, toInertMarkdown } from "../../src/markdown/inert-markdown.js";
import { sanitizeMarkdown } from "../../src/markdown/sanitize-markdown.js";
import { visibleLines } from "../../src/markdown/visible-lines.js";
import { capText } from "../../src/text/cap-text.js";
import { redactSecrets } from "../../src/text/redact-secrets.js";
import { sanitizeText } from "../../src/text/sanitize-text.js";
import { countEach, countWork } from "./support/count-work.js";

/** Units that make naive scanners backtrack; each is repeated. */
const units = [
  "[](",
  "![",
  "[",
  "](",
  '](a "',
  "](a '",
  "](<",
  "[a](",
  "<!--",
  "<!-- ",
  "-->",
  "<!-- -->",
  "<",
  "<a ",
  '<a b="',
  "<a b='",
  "<pre>",
  "<code>",
  "</code>",
  "<![CDATA[",
  "<?",
  "`",
  "` ",
  "`a``b```",
  "\\`",
  "```\n",
  "~~~\n",
  "> ",
  ">",
  "> >\n",
  "- ",
  "- + ",
  "* ",
  "1. ",
  "-+",
  "- a\n",
  "\t",
  " ",
  "    \n",
  "\n",
  "\r",
  "@a",
  "@agentbot\n",
  "@agentbot ",
  "[a]: b\n",
  "[a]:\n",
  "[a",
  "eyJ",
  "-eyJ",
  "eyJaaaaaaaa.",
  "ghs_",
  "sk-ant-",
  "://a:",
  "Basic ",
  "authorization: ",
  "-----BEGIN PRIVATE KEY-----",
  "\u001b[",
  "\u001b]",
  "\u001b[0;",
  "\u200b",
  "\ud800",
  "\u{e0041}",
  "fixes #",
  "fixes ",
  "fixes\n",
  "fixes *",
  "fixes &a;",
  "fixes issue ",
  "fix/",
  "&nbsp;",
  "closes AB",
  "A-1 #a",
  "[skip ",
  "\n/a",
  "-by:",
  "a-by",
  "[x] ",
  "|`|`",
  "` | `",
  "https://a.example/b ",
  "https://.",
  "www.",
  "![a](https://b.example)",
  "[`a`](b) ",
  "@a b ",
  "\\*",
  "e\u0301",
  "\u200d😀",
  "a",
  "* * ",
  "_ ",
  "- - ",
  "<div>\n",
  "<div\n",
  '"',
  "AKIA",
];

const functions: Readonly<Record<string, (text: string) => unknown>> = {
  visibleLines,
  findMention: (text) => findMention(text, "agentbot"),
  sanitizeText,
  sanitizeMarkdown,
  toInertMarkdown: (text) => toInertMarkdown(text, { mentionable: ["a"], linkable: ["https://a.example"] }),
  plainToMarkdown: (text) => plainToMarkdown(text, { linkable: ["https://a.example"] }),
  toInertLine: (text) => toInertLine(text, { maxLength: 120, hasAddresses: false }),
  capText: (text) => capText(text, 120),
  redactSecrets: (text) => redactSecrets(text, ["correct horse battery"]),
};

const sizes = { small: 256, large: 1024 };

/** A quadratic scan costs sixteen times as much for four times the text, one in n log n up to five times. */
const maxRatio = 6;

/** Beginnings after which the rest of a text is read in another way; `test:full` begins with every unit. */
const beginnings = ["", "x ", "<a ", "[a](", '](a "', "<div>\n", "<!--", "`", "> ", "[a]:\n", "- "];
const prefixes = process.env["AGENTBOT_TEST_FULL"] === "1" ? [...beginnings, ...units] : beginnings;

/** The ratio of our own code over all texts of one prefix, in which one quadratic text has to show. */
const maxRatioTogether = 4.5;

const textOf = (prefix: string, unit: string, size: number): string => prefix + unit.repeat(size / unit.length);

describe.each(Object.entries(functions))("%s", (_, work) => {
  const stepsOf = (prefix: string, size: number) =>
    countEach(units.map((unit) => () => work(textOf(prefix, unit, size))));

  test("does about four times as much for a text four times as long, whatever it begins with and repeats", () => {
    const superlinear: string[] = [];
    for (const prefix of prefixes) {
      const small = stepsOf(prefix, sizes.small);
      const large = stepsOf(prefix, sizes.large);
      const isSuperlinear = (index: number): boolean =>
        (large.platform[index] ?? 0) > maxRatio * (small.platform[index] ?? 0);
      superlinear.push(...units.filter((_unit, index) => isSuperlinear(index)).map((unit) => `${prefix} | ${unit}`));
      if (large.blocks > maxRatioTogether * small.blocks) superlinear.push(`${prefix} | one of the units`);
    }
    expect(superlinear).toEqual([]);
  });
});

test.each([
  [/a+b/, "a"],
  [/\s+$/, " "],
  [/(?:a|b)*c/, "a"],
  [/(?:aa)+b/, "a"],
  [/[ab]*c/, "ab"],
])("the quadratic scan %s is found", (pattern, unit) => {
  const workOf = (size: number) => countWork(() => pattern.test(`${unit.repeat(size)}x`));
  expect(workOf(sizes.large / 4)).toBeGreaterThan(maxRatio * workOf(sizes.small / 4));
});

test("a quadratic use of string methods is found", () => {
  const workOf = (size: number) =>
    countWork(() => {
      const text = "a".repeat(size);
      for (let index = 0; index < size; index += 1) text.indexOf("b", index);
    });
  expect(workOf(sizes.large)).toBeGreaterThan(maxRatio * workOf(sizes.small));
});
