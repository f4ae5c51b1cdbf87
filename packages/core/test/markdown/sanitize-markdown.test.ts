import { describe, expect, test } from "vitest";
import { findMention } from "../../src/markdown/find-mention.js";
import { sanitizeMarkdown } from "../../src/markdown/sanitize-markdown.js";

/** Ways to hide a word from the reader of a page. */
const hiding: Readonly<Record<string, string>> = {
  "an invisible character": "a\u200b\u{e0041}b\u001b[0m",
  "a reference to one": "a&#xE0041;&#x200b;b",
  "a comment": "a <!-- HIDDEN --> b",
  "a comment over paragraphs": "a\n\n<!-- HIDDEN\n\nHIDDEN -->\n\nb",
  "an unterminated comment": "a\n<!-- HIDDEN\nmore HIDDEN",
  "a comment of another kind": "a\n\n[//]: # (HIDDEN)\n\n[comment]: <> (HIDDEN)\n\nb",
  "a definition that nothing uses": 'a\n\n[x]: https://x.example/HIDDEN "HIDDEN"\n\nb',
  "a definition over lines": "a\n\n[x]:\nhttps://x.example\n'HIDDEN'\n\nb",
  "the alternative text of an image": "a ![HIDDEN](https://x.example/y.png) b",
  "an alternative text with a link": "a ![[HIDDEN](x)](y) b",
  "the title of an image": 'a ![x](y "HIDDEN") b',
  "the title of a link": "a [x](https://x.example \"HIDDEN\") [y](a(b)c 'HIDDEN') b",
  "a reference of a link": "a [x][HIDDEN] b\n\n[HIDDEN]: https://x.example",
  "the attributes of an element": "a <b title='HIDDEN' data-x=HIDDEN>x</b> <img alt=HIDDEN> b",
  "the name of an element": "a <x-HIDDEN>x</x-HIDDEN> b",
  "an element with the attribute hidden": "a <span hidden>HIDDEN</span> <span aria-hidden='true'>HIDDEN</span> b",
  "a block with the attribute hidden": "a\n\n<div hidden>\n\nHIDDEN\n\n```\nHIDDEN\n```\n\n</div>\n\nb",
  "an element that no page shows": "a <template>HIDDEN</template> <noscript>HIDDEN</noscript> b",
  "a script": "a\n\n<script>\nHIDDEN\n</script>\n\nb",
  "a footnote that nothing refers to": "a\n\n[^x]: HIDDEN\n    HIDDEN\n\nb",
  "a processing instruction": "a <? HIDDEN ?> b",
  "a declaration": "a <!HIDDEN> b",
  "a section of characters": "a <![CDATA[HIDDEN]]> b",
  "the words after the language of code": "```js HIDDEN HIDDEN\nx\n```\n\nb",
  "a comment of a drawn diagram": "```mermaid\n%% HIDDEN\ngraph LR\n```\n\nb",
  "a cell without a column": "| a | b |\n|---|---|\n| x | y | HIDDEN |\n",
};

describe("an agent is not given what is hidden by", () => {
  test.each(Object.entries(hiding))("%s", (_, text) => {
    const given = sanitizeMarkdown(text);
    expect(given).not.toMatch(/HIDDEN|\u200b|\u{e0041}|E0041/u);
    expect(given).toMatch(/^(?:a|```|\|)/);
    const instruction = findMention(`@agentbot do it\n\n${text}`, "agentbot")?.instruction ?? "";
    expect(instruction).toMatch(/^do it/);
    expect(instruction).not.toContain("HIDDEN");
  });
});

describe("an agent is given what a reader sees:", () => {
  test.each([
    ["code as it is", "```html\n<!-- shown --> <b title='shown'>\n```\n\nthe `<!--` mark and `[x](y \"shown\")`"],
    ["indented code", "a\n\n    <!-- shown -->\n\nb"],
    ["lists, quotes, tables and emphasis", "- a\n- [ ] **b**\n\n> c\n\n|d|e|\n|---|---|\n|f|g|\n\n# h"],
    ["plain text with brackets and signs", "a[i][j] < b && c > d, see [note] (x) & [^1] *"],
    ["addresses", "https://x.example/a_b and <https://x.example> and [x](https://x.example/y)"],
    ["struck and quoted elements by their names", "<del>a</del> <kbd>b</kbd> <blockquote>c</blockquote>"],
  ])("%s", (_, text) => {
    expect(sanitizeMarkdown(text)).toBe(text);
  });

  test("the summary of a folded section, and the length of what it folds", () => {
    const text = "a\n\n<details>\n<summary>The log</summary>\n\n```\n12345\n```\n\n</details>\n\nb";
    const given = sanitizeMarkdown(text);
    expect(given).toContain("The log");
    expect(given).toMatch(/\[folded: \d+ characters are left out\]/);
    expect(given).not.toContain("12345");
    expect(given).toMatch(/b$/);
    expect(sanitizeMarkdown(text.replace("<details>", "<details open>"))).toContain("12345");
  });

  test("a footnote that the text refers to", () => {
    expect(sanitizeMarkdown("a[^x] b\n\n[^x]: shown")).toContain("shown");
  });

  test("an image as a mark", () => {
    expect(sanitizeMarkdown("a ![b](c) <img src=d alt=e> f")).toBe("a [image] [image] f");
  });
});
