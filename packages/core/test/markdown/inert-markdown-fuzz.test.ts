import { expect, inject, test } from "vitest";
import { createSilentLogger } from "../../src/logger/create-silent-logger.js";
import { fenceCode, linkToMarkdown, plainToMarkdown, toInertMarkdown } from "../../src/markdown/inert-markdown.js";
import { repositoryFixture, taskFixture } from "../../src/testing/index.js";
import { commitMessage, pullRequestTexts } from "../../src/worker/texts/change-texts.js";
import { codeHost, findActing } from "./support/host-filters.js";
import { hostileMarkdown } from "./support/hostile-markdown.js";
import { type RenderedText, renderLikeGitHub } from "./support/render-like-github.js";

const isFull = Boolean(process.env["AGENTBOT_TEST_FULL"]);
const cases = isFull ? 100_000 : 2000;
const firstSeed = Number(process.env["AGENTBOT_TEST_SEED"] ?? Date.now() % 1_000_000_000);

const { program, origin } = inject("markdownRenderer");
const linkable = [codeHost];

function render(texts: readonly string[]): readonly RenderedText[] {
  if (program === null) throw new Error(origin);
  return renderLikeGitHub(program, texts);
}

const writer = { botName: "agentbot", write: undefined, hostUrl: codeHost, logger: createSilentLogger() };
const repository = repositoryFixture();
const { actor, origin: place } = taskFixture();
const request = taskFixture({
  actor: { ...actor, login: "requester" },
  origin: { ...place, url: `${codeHost}/request` },
});
/** The long run takes minutes on a slow machine. */
const timeout = isFull ? 3_600_000 : 300_000;

function pullRequestOf(text: string) {
  const task = { ...request, title: text };
  const change = { task, repository, branch: "a", baseBranch: "main", summary: text, diffStat: text };
  return { ...pullRequestTexts(change, writer), message: commitMessage(task, "agentbot") };
}

const sinks: Readonly<Record<string, (text: string, seed: number) => string>> = {
  "Markdown of an agent": (text) => toInertMarkdown(text, { linkable }),
  "Markdown that is cut": (text, seed) => toInertMarkdown(text, { linkable, maxLength: 60 + (seed % 90) }),
  "Markdown that was inert before": (text) => toInertMarkdown(toInertMarkdown(text, { linkable }), { linkable }),
  "a plain text": (text) => plainToMarkdown(text, { linkable }),
  "the words of a link": (text) => linkToMarkdown(text, `${codeHost}/x`),
  "the body of a pull request": (text) => pullRequestOf(text).body,
  "a list of files": (text) => `${fenceCode(text)}\n\ndone`,
};

test.each(Object.entries(sinks))(
  `nothing acts that is published as %s, as GitHub renders it (${cases} texts from seed ${firstSeed})`,
  { timeout },
  (_, publish) => {
    const batch = 2000;
    for (let start = 0; start < cases; start += batch) {
      const seeds = Array.from({ length: Math.min(batch, cases - start) }, (_, index) => firstSeed + start + index);
      const published = seeds.map((seed) => publish(hostileMarkdown(seed), seed));
      const acting = render(published).flatMap((page, index) => {
        const found = findActing(published[index] ?? "", page);
        return found.length === 0
          ? []
          : [{ seed: seeds[index], given: hostileMarkdown(seeds[index] ?? 0), text: published[index], found }];
      });
      expect(acting.slice(0, 5)).toEqual([]);
    }
  },
);

test(`nothing acts in the lines that are made of ${cases} titles (from seed ${firstSeed})`, { timeout }, () => {
  const nothing = { links: [], images: [], raw: [], languages: [], code: [] };
  const acting = Array.from({ length: cases }, (_, index) => firstSeed + index).flatMap((seed) => {
    const { title, message } = pullRequestOf(hostileMarkdown(seed));
    const own = message.replace(`\n\nRequested at ${codeHost}/request\n`, "");
    return [title, ...own.split("\n\n")].flatMap((line) => {
      const found = findActing(line, { ...nothing, texts: [line] }).filter((each) => !each.startsWith("mail address"));
      return found.length === 0 ? [] : [{ seed, found }];
    });
  });
  expect(acting.slice(0, 5)).toEqual([]);
});

test("the same texts act in nearly every way where they are published as they are", () => {
  const texts = Array.from({ length: 500 }, (_, index) => hostileMarkdown(firstSeed + index));
  const found = render(texts).flatMap((page, index) => findActing(texts[index] ?? "", page));
  const kinds = new Set(found.map((each) => each.split(":")[0]));
  const wanted = ["mention", "issue reference", "address", "command", "closing word", "link", "image", "raw", "drawn"];
  expect([...kinds]).toEqual(expect.arrayContaining([...wanted, "skipped checks", "trailer", "mark"]));
});
