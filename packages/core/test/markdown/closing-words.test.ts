import { describe, expect, test } from "vitest";
import { toInertLine } from "../../src/markdown/acting-words.js";
import { toInertMarkdown } from "../../src/markdown/inert-markdown.js";

const words = "close closes closed closing fix fixes fixed fixing resolve resolves resolved resolving".split(" ");
const otherWords = "implement implements implemented implementing reopen reopens reopened".split(" ");

/** Closing texts as code hosts and issue trackers accept them, with what is odd about each. */
const closing: readonly string[] = [
  ...[...words, ...otherWords].map((word) => `Crash, ${word} #12`),
  "Fixes #12",
  "FIXES: #12",
  "fixes:#12",
  "fixes#12",
  "fixes GH-12",
  "closes acme/other#7",
  "closes group/sub/project#7",
  "closes !12",
  "closes group/project!12",
  "Closes https://github.com/acme/app/issues/13",
  "closes <https://github.com/acme/app/pull/13>",
  "Fixes issue #12",
  "Closes issues #12 and #13",
  "Closes ABC-12",
  "fixes AB#12",
  "fix: #12 crash",
  "fixes\n#12",
  "fixes \r\n \n #12",
  "fixes\u00a0#12",
  "fixes\u2003\u2800#12",
  "fi\u200bxes\u200b #12",
  "fi\u00adxes \u2060#12",
  "fixe\u017f #12",
  "**fixes** #12",
  "_fixes_ #12",
  "__Fixes__: **#12**",
  "`fixes` #12",
  "fixes `#12`",
  "~~fixes~~ [#12](https://github.com/acme/app/issues/12)",
  "fixes \\#12",
  '"fixes" #12',
];

/** A text as a host reads it that ignores invisible characters. */
function visible(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u200b\u00ad\u2060]/g, "")
    .replace(/\u2800/g, " ");
}

const hostPattern =
  /(?:clos|fix|resolv|implement|reopen)(?:e[sd]?|s|ed|ing|):?\s*(?:issues? )?[\w/.]*(?:#|!|GH-|ABC-|http)/gi;

/** The words of a text that close the issue after them, for a host that ignores all emphasis. */
function closingWords(text: string): readonly string[] {
  return text.replace(/[*_~`\\[\]()<>"]/g, "").match(hostPattern) ?? [];
}

describe.each(closing.map((text) => [text]))("a text that closes an issue, %j,", (text) => {
  test("closes none as the title of a pull request or the subject of a commit", () => {
    expect(closingWords(visible(text))).not.toEqual([]);
    expect(closingWords(toInertLine(text))).toEqual([]);
  });

  test("closes none in a body, nor where the body becomes the message of a commit", () => {
    expect(closingWords(toInertMarkdown(text))).toEqual([]);
    expect(closingWords(toInertMarkdown(`\`\`\`\n${text}\n\`\`\``))).toEqual([]);
  });
});

describe("a line of people's words", () => {
  test("keeps every letter of theirs", () => {
    const text = "Crash, fixes #12 and closes acme/other#7";
    expect(toInertLine(text)).toBe("Crash, f\u200bixes #\u200b12 and c\u200bloses acme/other#\u200b7");
    expect(toInertLine(text).replaceAll("\u200b", "")).toBe(text);
  });

  test.each([
    "Fix the flaky test",
    "fix utf-8 and sha-256",
    "Closed the window, 12 times",
    "https://example.com?fix=2",
    "Implement the parser of C# and F#",
    "Send mail to me@example.com",
    "Add a cherry-pick: the by-product",
  ])("in which nothing acts stays as it is: %j", (text) => {
    expect(toInertLine(text)).toBe(text);
  });

  test.each([
    ["@octocat and (@org/team), me@example.com", "@|octocat and (@|org/team), me@example.com"],
    ["See #12, !7 and GH-3", "See #|12, !|7 and GH-|3"],
    ["Crash in https://github.com/a/b/issues/3", "Crash in https:|//github.com/a/b/issues/|3"],
    ["As www.example.com has it", "As www|.example.com has it"],
    ["[skip ci] A title", "[|skip ci] A title"],
    ["A [ci skip] title", "A [|ci skip] title"],
    ["A title [no ci]", "A title [|no ci]"],
    ["[SKIP ACTIONS] A title ***NO_CI***", "[|SKIP ACTIONS] A title ***NO|_CI***"],
    ["skip-checks: true", "skip-checks|: true"],
    ["Co-authored-by: x <x@example.com>", "Co-authored-by|: x <x@example.com>"],
    ["A title\n\nSigned-off-by: x", "A title Signed-off-by|: x"],
    ["/merge it", "/|merge it"],
    ["bors r+", "b|ors r+"],
    ["ABC-12 #close #comment done", "ABC-12 #|close #|comment done"],
  ])("acts on no host: %j", (text, inert) => {
    expect(toInertLine(text, { hasAddresses: false })).toBe(inert.replaceAll("|", "\u200b"));
  });

  test("does not command an issue tracker without the key of an issue", () => {
    expect(toInertLine("Sort the #include lines")).toBe("Sort the #include lines");
  });

  test("changes nothing the second time, and ends between two characters", () => {
    for (const text of closing) expect(toInertLine(toInertLine(text))).toBe(toInertLine(text));
    expect(toInertLine(`${"x".repeat(71)}👩‍💻`, { maxLength: 72 })).toBe(`${"x".repeat(71)}…`);
    expect(toInertLine("👩‍💻".repeat(100_000), { maxLength: 72 })).toMatch(/^(?:👩‍💻)+…$/u);
  });
});
