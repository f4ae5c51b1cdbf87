import type { RenderedText } from "./render-like-github.js";

/** An address as an address bar shows it, of the host that links may lead to. */
export const codeHost = "https://github.example";

const issueAddress = String.raw`https?:\/\/[^\s/]+\/[\w.-]+\/[\w.-]+\/(?:issues|pull|discussions)\/\d`;

/** Our own model of what GitHub's filters make of the text between two tags. */
const textFilters: Readonly<Record<string, RegExp>> = {
  mention: /(?:^|[^A-Za-z0-9])@[A-Za-z0-9]/,
  "issue reference": /(?:^|[^A-Za-z0-9_/])(?:[\w.-]+\/[\w.-]+|[\w.-]+)?#\d+|(?:^|[^A-Za-z0-9])GH-\d/i,
  "issue address": new RegExp(issueAddress, "i"),
  address: /[a-z][a-z0-9+.-]*:\/\/[^\s]|www\.[a-z0-9]/i,
  "mail address": /[\w.+-]@[\w-]+\./,
  command: /(?:^|\n)\s*(?:\/[a-z]|bors\s+\S)/i,
};

/** Our own model of what acts in a message of a commit, or for a bot that reads the text: code has no meaning there. */
const messageFilters: Readonly<Record<string, RegExp>> = {
  "closing word": new RegExp(
    `(?:^|[^A-Za-z0-9_])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?:\\s*:?\\s*#\\d|(?:\\s*:\\s*|\\s+)(?:[\\w.-]+/[\\w.-]+#\\d|GH-\\d|${issueAddress}))`,
    "i",
  ),
  "skipped checks": /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|\*\*\*NO_CI\*\*\*|^skip-checks:/im,
  trailer: /^(?:co-authored-by|signed-off-by|reviewed-by):/im,
  command: /^[ \t]*\/(?:merge|approve|lgtm|close|label)(?![\w./-])|^[ \t]*(?:bors r\+|@bors r\+|@dependabot merge)/im,
  mark: /<!--\s*agentbot:/i,
};

/** Languages of code blocks that GitHub draws instead of showing them. */
const drawn = /^(?:math|mermaid|geojson|topojson|stl|suggestion)\b/i;

/** The things that act in a text that was published: an empty list if it is inert. */
export function findActing(text: string, { texts, links, images, raw, languages }: RenderedText): readonly string[] {
  const isForeign = (address: string): boolean =>
    !URL.canParse(address) || new URL(address).origin !== codeHost || new RegExp(issueAddress, "i").test(address);
  return [
    ...texts.flatMap((each) => matches(each, textFilters)),
    ...matches(text, messageFilters),
    ...links.filter(isForeign).map((address) => `link: ${address}`),
    ...images.map((address) => `image: ${address}`),
    ...raw.map((html) => `raw: ${html}`),
    ...languages.filter((language) => drawn.test(language)).map((language) => `drawn: ${language}`),
  ];
}

function matches(text: string, filters: Readonly<Record<string, RegExp>>): readonly string[] {
  return Object.entries(filters)
    .filter(([, pattern]) => pattern.test(text))
    .map(([name]) => `${name}: ${JSON.stringify(text)}`);
}
