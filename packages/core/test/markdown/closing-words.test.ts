import { describe, expect, test } from "vitest";
import { neutralizeMentions, toInertLine, toInertMarkdown } from "../../src/markdown/inert-markdown.js";

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
  test("keeps every letter of theirs, and the references as links", () => {
    const text = "Crash, fixes #12 and closes acme/other#7";
    expect(toInertLine(text)).toBe("Crash, f\u200bixes #12 and c\u200bloses acme/other#7");
  });

  test("frees a whole list of issues from its one closing word", () => {
    expect(toInertLine("fixes #1, #2 and acme/other#3")).toBe("f\u200bixes #1, #2 and acme/other#3");
  });

  test.each([
    "Fix the flaky test",
    "fix utf-8 and sha-256",
    "A prefix #12",
    "See #12",
    "Closed the window, 12 times",
    "https://example.com/fixes/page#1 and https://example.com?fix=#2",
    "Implement the parser of issue #12",
  ])("that closes nothing stays as it is: %j", (text) => {
    expect(toInertLine(text)).toBe(text);
    expect(toInertMarkdown(text)).toBe(text);
  });

  test("notifies no account", () => {
    expect(toInertLine("@octocat and (@org/team), me@example.com")).toBe(
      "@\u200boctocat and (@\u200borg/team), me@example.com",
    );
  });

  test.each(["[skip ci] A title", "A [ci skip] title", "A title [no ci]", "[SKIP ACTIONS] A title"])(
    "does not keep a host from its checks: %j",
    (text) => {
      expect(toInertLine(text)).toBe(text.replace("[", "[\u200b"));
      expect(toInertMarkdown(text)).toBe(text.replace("[", "[\u200b"));
    },
  );

  test("is not a command to an issue tracker that reads commits", () => {
    expect(toInertLine("ABC-12 #close #comment done")).toBe("ABC-12 #\u200bclose #\u200bcomment done");
    expect(toInertLine("Sort the #include lines")).toBe("Sort the #include lines");
  });

  test("is one line", () => {
    expect(toInertLine("A title\n\nCo-authored-by: x <x@example.com>")).not.toContain("\n");
  });

  test("changes nothing the second time, and ends between two characters", () => {
    for (const text of closing) expect(toInertLine(toInertLine(text))).toBe(toInertLine(text));
    expect(toInertLine(`${"x".repeat(71)}👩‍💻`, 72)).toBe(`${"x".repeat(71)}…`);
  });
});

test("a body with a line such as /merge commands no bot of the code host", () => {
  expect(toInertMarkdown("Done.\n/merge\n  /label ~x\nsee /etc")).toBe("Done.\n\\/merge\n  \\/label ~x\nsee /etc");
});

test("neutralizeMentions leaves a text without mentions unchanged", () => {
  expect(neutralizeMentions("nothing here, me@example.com")).toBe("nothing here, me@example.com");
});
