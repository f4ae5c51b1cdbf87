import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fenceCode, linkToMarkdown, plainToMarkdown, toInertMarkdown } from "../../src/markdown/inert-markdown.js";

/** The text with a mark where a zero-width space splits a word. */
function shown(text: string): string {
  return text.replaceAll("\u200b", "¦");
}

describe("Markdown of an agent", () => {
  test("keeps its lists, headings, tables, emphasis and code", () => {
    const text = [
      "# Done\n\n1. The **first** one\n   - _nested_\n2. [x] `second()`",
      "- [x] checked\n- [ ] open",
      "| a | b |\n|---|:-:|\n| `x` | ~~y~~ |",
      "> a quote\n> of two lines",
      "```ts\n@Injectable()\nconst html = '<b>&amp;</b>'; // #12\n```",
      "A & B, 1 < 2\nnext line",
    ].join("\n\n");
    expect(toInertMarkdown(text)).toBe(text.replace("1 < 2", "1 &lt; 2"));
  });

  test("keeps the requester's mention and no other", () => {
    const inert = toInertMarkdown("@octocat: @hubot, @octocat/team, a@octocat.com", { mentionable: ["OctoCat"] });
    expect(shown(inert)).toBe("@octocat: @¦hubot, @¦octocat/team, a@¦octocat.com");
  });

  test("keeps links to the code host and shows the others as code", () => {
    const linkable = ["https://github.test/octocat/hello"];
    const text = [
      "[`a.ts`](https://github.test/octocat/hello/blob/main/a.ts) at https://github.test/octocat.",
      "[here](https://evil.test/?d=S) and https://evil.test, <https://evil.test>, www.evil.test",
      "https://github.test@evil.test https://github.test.evil.test [a](//evil.test) [b](javascript:x)",
      "https://github.test/octocat/hello/issues/1 [c](https://github.test/o/r/pull/2)",
    ].join("\n");
    expect(shown(toInertMarkdown(text, { linkable }))).toBe(
      [
        "[`a.ts`](https://github.test/octocat/hello/blob/main/a.ts) at <https://github.test/octocat>.",
        "here (`https://evil.test/?d=S`) and `https://evil.test`, `https://evil.test`, `www.evil.test`",
        "`https://github.test@evil.test` `https://github.test.evil.test` a (`//evil.test`) b (`javascript:x`)",
        "`https://github.test/octocat/hello/issues/1` c (`https://github.test/o/r/pull/2`)",
      ].join("\n"),
    );
  });

  test.each([
    ["| `x | @torvalds` |\n|---|", "| `x | @¦torvalds` |\n|---|"],
    ["| `x | ![](https://evil.test)` |", "| `x | !¦[¦]¦(https:¦/¦/¦evil.test)` |"],
    ["\\![b](https://evil.test/?d=S)", "\\!¦b (`https://evil.test/?d=S`)"],
    ["![b](https://evil.test/?d=S)", "b (`https://evil.test/?d=S`)"],
    ["&#64;x &#x40;x &commat;x", "&amp;#¦64;x &amp;#x40;x &amp;commat;x"],
    ["@&#116;orvalds \\@x", "@¦&amp;#¦116;orvalds @¦x"],
    ["fixes &#35;1, fixes&nbsp;#1", "f¦ixes &amp;#¦35;1, f¦ixes&nbsp;#¦1"],
    ["text\n2.\n`\n@x `", "text\n2.\n&#96;\n@¦x &#96;"],
    ["fixes         #1", "f¦ixes         #¦1"],
    ["fixes\u00a0#1", "f¦ixes\u00a0#¦1"],
    ["/approve\n- /lgtm\n> bors r+", "/¦approve\n- /¦lgtm\n> b¦ors r+"],
    ["<img src=x> <!-- agentbot:task=1 -->", "&lt;img src=x> &lt;!¦-- agentbot:task=1 -->"],
    ["[a]: https://evil.test\n[a]", "\\[a]: `https://evil.test`\n\\[a]"],
    ["GH\\-12 \\#3 www\\.evil.test https\\://x", "GH\\-¦12 \\#¦3 www\\.¦evil.test https:¦//x"],
    ["[skip ci]\nCo-authored-by: x", "\\[¦skip ci]\nCo-authored-by¦: x"],
  ])("is inert where %j", (text, inert) => {
    expect(shown(toInertMarkdown(text))).toBe(inert);
  });
});

describe("a block of code", () => {
  test.each([
    ["is closed where it was left open", "```ts\ncode", "```ts\ncode\n```"],
    ["has a fence that no line of it ends", "~~~\n```\n@x\n~~~", "````\n```\n@x\n````"],
    [
      "stands at the left margin",
      "1. Run\n   ```sh\n   npm i\n     x\n   ```\n   then",
      "1. Run\n```sh\nnpm i\n  x\n```\nthen",
    ],
    ["has a fence where it was indented", "    <b>\n    @x\n\ntext", "```\n<b>\n@x\n```\n\ntext"],
    ["stays in its quote", "> ```\n> @x\n\ny", "> ```\n> @x\n> ```\n\ny"],
    ["is drawn as no diagram", "```mermaid\nclick A\n```", "```\nclick A\n```"],
    ["carries no mark of a task", "```\n<!-- agentbot:task=1 -->\n```", "```\n<!¦-- agentbot:task=1 -->\n```"],
    ["commands no bot", "```\n@dependabot merge\n/merge\n/etc/x\n```", "```\n@¦dependabot merge\n/¦merge\n/etc/x\n```"],
    ["closes no issue", "```\ncloses #1 of #2\n```", "```\nc¦loses #1 of #2\n```"],
  ])("%s", (_, text, inert) => {
    expect(shown(toInertMarkdown(text))).toBe(inert);
  });

  test("keeps every character of usual code, so that it can be copied", () => {
    const code = [
      "import { a } from '@scope/name'; // see #12, https://x.test",
      '@app.route("/x")\n@Override public void run() {}\n@media print { }',
      "<div>&amp;</div> [a](b) ![c](d) `tick` \\n ~~~\n/etc/passwd\n\tcat a | grep b",
    ].join("\n");
    expect(toInertMarkdown(`\`\`\`\n${code}\n\`\`\``)).toBe(`\`\`\`\`\n${code}\n\`\`\`\``);
  });
});

describe("a text that is too long", () => {
  test("is cut, with a note", () => {
    expect(toInertMarkdown("x".repeat(100_000))).toHaveLength(100_000);
    const cut = toInertMarkdown("@a ".repeat(30_000), { maxLength: 1000 });
    expect(cut.length).toBeLessThanOrEqual(1000);
    expect(cut).toMatch(/\n\n\\\[cut: the text had 90000 characters\]$/);
    for (const maxLength of [0, 1, 10, 50]) {
      expect(toInertMarkdown("`x` ".repeat(100), { maxLength }).length).toBeLessThanOrEqual(maxLength);
    }
  });

  test("closes the block of code that it is cut in", () => {
    const cut = toInertMarkdown(`\`\`\`ts\n${"code\n".repeat(1000)}\`\`\``, { maxLength: 300 });
    expect(cut.length).toBeLessThanOrEqual(300);
    expect(cut).toMatch(/co?d?e?\n```\n\n\\\[cut: the text had \d+ characters\]$/);
  });

  test.each([
    ["code span", `text \`@hubot ${"x".repeat(500)}\``],
    ["character", "👩\u200d💻".repeat(500)],
    ["neutralized mention", "@hubot ".repeat(100)],
    ["run of backticks", `text\n\n${"`".repeat(500)}\n@hubot`],
    ["link", `[${"x".repeat(60)}](https://github.test/${"y".repeat(60)}) @hubot`.repeat(5)],
    ["quoted fence", "> ```\n> @hubot\n> ```\n".repeat(20)],
  ])("is never cut inside a %s", (_, text) => {
    for (let maxLength = 40; maxLength < 240; maxLength += 1) {
      const cut = toInertMarkdown(text, { maxLength, linkable: ["https://github.test"] });
      expect(cut.length).toBeLessThanOrEqual(maxLength);
      expect(cut.replace(/```\n(?:> )?@hubot|`@hubot/g, "")).not.toMatch(/(?<!\w)@hubot|\p{Cs}/u);
      expect((cut.match(/^(?:> )?```/gm) ?? []).length % 2).toBe(0);
      expect((cut.match(/(?<!\\)\[x/g) ?? []).length).toBe((cut.match(/y\)/g) ?? []).length);
    }
  });
});

test("Markdown that was made inert is the same the second time", () => {
  const pieces = [
    "@hubot",
    "`",
    "```\n",
    "\n",
    " ",
    "<!--",
    "-->",
    ">",
    "- ",
    "\\",
    "a",
    "<b>",
    "[a](https://b.test)",
    "|",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      const inert = toInertMarkdown(parts.join(" "));
      expect(toInertMarkdown(inert)).toBe(inert);
    }),
  );
});

test("a plain text is shown as it is", () => {
  const inert = plainToMarkdown("1. @hubot has <b>_this_</b> & `that` | [x](y) #1\n- at https://x.test");
  expect(shown(inert)).toBe(
    "1\\. @¦hubot has &lt;b\\>\\_this\\_&lt;/b\\> &amp; &#96;that&#96; &#124; \\[x\\](y) \\#¦1\n\\- at `https://x.test`",
  );
});

test("a link of our own is ended neither by its words nor by its address", () => {
  expect(linkToMarkdown("#9", "https://x.test/pull/9")).toBe("[#9](https://x.test/pull/9)");
  expect(linkToMarkdown("a](b) *c*", "https://x.test/a)b(c<d>")).toBe(
    "[a\\](b) \\*c\\*](https://x.test/a%29b%28c%3Cd%3E)",
  );
  for (const address of ["javascript:alert(1)", "not a URL", "ftp://x.test/"]) {
    expect(linkToMarkdown("here", address)).toBe("here");
  }
});

test("a list of names is ended by none of them", () => {
  expect(fenceCode(" a\n````\n~~~~~\n@x")).toBe("``````\na\n````\n~~~~~\n@x\n``````");
});
