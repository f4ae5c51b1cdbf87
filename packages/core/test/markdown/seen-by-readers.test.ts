import { expect, inject, test } from "vitest";
import { findMention } from "../../src/markdown/find-mention.js";
import { sanitizeMarkdown } from "../../src/markdown/sanitize-markdown.js";
import { hidingMarkdown } from "./support/hiding-markdown.js";
import { visiblePage } from "./support/visible-page.js";

const isFull = Boolean(process.env["AGENTBOT_TEST_FULL"]);
const cases = isFull ? 100_000 : 2000;
/** The short run is the same each time; the long one looks for more. */
const firstSeed = Number(process.env["AGENTBOT_TEST_SEED"] ?? (isFull ? Date.now() % 1_000_000_000 : 1));
const { program, origin } = inject("markdownRenderer");
const timeout = isFull ? 3_600_000 : 300_000;

const wordsOf = (text: string): readonly string[] => text.match(/zq\d+zq/g) ?? [];

async function render(text: string): Promise<string> {
  if (program === null) throw new Error(origin);
  return await visiblePage(program, text);
}

/** Runs a check for every seed, a few at once. */
async function forEachSeed(check: (seed: number) => Promise<void>): Promise<void> {
  let next = firstSeed;
  const work = async (): Promise<void> => {
    for (let seed = next++; seed < firstSeed + cases; seed = next++) await check(seed);
  };
  await Promise.all([1, 2, 3, 4].map(work));
}

test(`an agent is given no word that its page hides (${cases} texts from seed ${firstSeed})`, { timeout }, async () => {
  const found: object[] = [];
  let seen = 0;
  let shown = 0;
  await forEachSeed(async (seed) => {
    const text = hidingMarkdown(seed);
    const visible = new Set(wordsOf(await render(text)));
    const given = wordsOf(sanitizeMarkdown(text));
    const instruction = wordsOf(findMention(`@agentbot ${text}`, "agentbot")?.instruction ?? "");
    const onPage = new Set(wordsOf(await render(`@agentbot ${text}`)));
    const hidden = [...given.filter((word) => !visible.has(word)), ...instruction.filter((word) => !onPage.has(word))];
    if (hidden.length > 0) found.push({ seed, hidden, text, given: sanitizeMarkdown(text), instruction });
    seen += visible.size;
    shown += given.length;
  });
  expect(found.slice(0, 3)).toEqual([]);
  // Not by hiding everything.
  expect(shown).toBeGreaterThan(seen / 3);
});
