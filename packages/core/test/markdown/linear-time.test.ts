import { describe, expect, test } from "vitest";
import { findMention } from "../../src/markdown/find-mention.js";
import { toInertMarkdown } from "../../src/markdown/inert-markdown.js";
import { visibleLines } from "../../src/markdown/visible-lines.js";
import { redactSecrets } from "../../src/text/redact-secrets.js";
import { sanitizeText } from "../../src/text/sanitize-text.js";

/** Units that make naive scanners backtrack; each is repeated to 64 KiB. */
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
  toInertMarkdown,
  redactSecrets: (text) => redactSecrets(text, ["correct horse battery"]),
};

/** The least of some runs, in milliseconds of processor time: what waits for a busy machine costs nothing here. */
function cost(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const start = process.cpuUsage();
    work();
    const used = process.cpuUsage(start);
    best = Math.min(best, (used.user + used.system) / 1_000);
  }
  return best;
}

/** Whether it holds once in some tries: a quadratic scan never passes, a collection of garbage spoils only a few. */
function holdsOnce(tries: number, check: () => boolean): boolean {
  for (let tried = 0; tried < tries; tried += 1) if (check()) return true;
  return false;
}

describe.each(Object.entries(functions))("%s", (_, work) => {
  test("takes about four times as long for four times as much, whatever the text", () => {
    const slow: string[] = [];
    for (const unit of units) {
      for (const prefix of ["", "x ", "<a "]) {
        const textOf = (length: number) => prefix + unit.repeat(length / unit.length);
        const small = textOf(16_384);
        const large = textOf(65_536);
        work(small);
        // A quadratic scan costs sixteen times as much; the constant absorbs the clock's grain.
        const isLinear = () => cost(() => work(large)) <= 10 * cost(() => work(small)) + 4;
        if (!holdsOnce(20, isLinear)) slow.push(JSON.stringify(prefix + unit));
      }
    }
    expect(slow).toEqual([]);
  });
});
