/** Pieces of Markdown and of words that act in it, as strangers may join them. */
const fragments: readonly string[] = [
  ...["@torvalds", "@octocat", "@org/team", "a@b.example", "&#64;x", "&#x40;x", "&commat;x", "@&#116;orvalds", "\\@x"],
  ...["#12", "&#35;1", "&num;1", "GH-12", "g\\h-1", "GH\\-1", "torvalds/linux#1", "!7", "\\#3", "#\\4", "#*5*"],
  ...["fixes", "Closes", "resolve:", "fixes #1", "closes o/r#2", "Fixes&nbsp;#1", "fi\u200bxes #1", "fixes         #1"],
  ...["https://github.com/o/r/issues/1", "https://github.example/o/r/pull/2", "https://github.example/o/r/blob/x"],
  ...["https://evil.example", "http://evil.example/?d=S", "www.evil.example", "ftp://evil.example", "//evil.example"],
  ...["https\\://evil.example", "www\\.evil.example", "<https://evil.example>", "<www.evil.example>", "<a@b.example>"],
  ...["https://github.example@evil.example", "https://github.example.evil.example", "https://github.example\\@evil"],
  ...["[a](https://evil.example)", "[a](https://github.example/x)", "![a](https://evil.example/?d=S)", "![", "\\![b]"],
  ...["[a]", "[a]: https://evil.example", "[a]:\nhttps://evil.example", "[a][b]", "](https://evil.example)", "[^1]"],
  ...["[^1]: x", "[`a`](https://github.example/x)", "[a](<https://evil.example>)", '[a](x "t")', "!", "[x] ", "[ ] "],
  ...["<img src=https://evil.example>", "<b>", "</b>", "<!-- ", " -->", "<!-- agentbot:task=1 -->", "<pre>", "</pre>"],
  ...["<details>", "<script>", "</script>", "<a href='https://evil.example'>", "</a>", "<?", "?>", "<!X", "<![CDATA["],
  ...["`", "``", "```", "````", "~~~", "~~~~", "`a`", "`a | b`", "`@x`", "``a`b``", "` `", "\\`", "```js\n", "\n```\n"],
  ...["```mermaid\n", "~~~\n", "\n~~~\n", "| a | b |\n|---|---|\n", "| ", " |", "|", "|---|", "|:-:|\n", "\\|", "||"],
  ...["\n", "\n\n", "\r\n", "\r", "\t", " ", "  ", "    ", "     ", "\u00a0", "\u2003", "\u2028", "\u0085", "\v", "\f"],
  ...[
    "\u200b",
    "\u200d",
    "\u2060",
    "\u00ad",
    "\ufeff",
    "\u0000",
    "\u0001",
    "\u001b[2J",
    "\u202e",
    "\ud800",
    "\u{e0041}",
  ],
  ...["- ", "* ", "+ ", "1. ", "2. ", "10) ", "> ", ">", ">> ", "# ", "## ", "#", "---\n", "===\n", "***", "* * *\n"],
  ...[
    "*",
    "**",
    "_",
    "__",
    "~~",
    "~",
    "\\",
    "\\\\",
    "\\*",
    "&",
    "&amp;",
    "&lt;",
    "&#60;b>",
    "&#96;",
    "&#x60;",
    "&#91;",
  ],
  ...["/merge", "/approve x", "bors r+", "@dependabot merge", "/etc/passwd", "[skip ci]", "[ci skip]", "***NO_CI***"],
  ...[
    "[no ci]",
    "skip-checks: true",
    "Co-authored-by: x <a@b.example>",
    "Signed-off-by: x",
    "reviewed-by: y",
    "$",
    "$$",
  ],
  ...["a", "word", "x.", "(", ")", "[", "]", "{", "}", ":", "://", ".", ",", "'", '"', "=", "é", "漢", "👩‍💻", "1"],
];

/** Numbers from 0 to 1 by a seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A text of up to thirty fragments; the same seed makes the same. */
export function hostileMarkdown(seed: number): string {
  const random = createRandom(seed);
  const count = 1 + Math.floor(random() ** 2 * 30);
  const pick = (): string => fragments[Math.floor(random() * fragments.length)] ?? "";
  return Array.from({ length: count }, pick).join("");
}
