import type { ConversationHistory, HistoryRequest, Logger, Origin, TextSpan } from "@agentbot/core";
import { capText } from "@agentbot/core/adapter";
import { z } from "zod";
import type { GitHubAnswer } from "../api/create-github-api.js";
import { author, readAnswer } from "../api/github-errors.js";
import { commentedLines, textSpan } from "../text-span.js";

const perPage = 100;
/** Maximum requests for one list. */
const maxPages = 3;
/** Maximum length of the hunk above a review comment, in UTF-16 units. */
const maxHunkLength = 4000;

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const moment = z.coerce.date();
const listedReview = z.object({
  id: z.int(),
  body: text,
  user: author.extend({ id: z.int() }).nullish(),
  author_association: z.string().nullish(),
  state: text,
  /** Null for a review that was not submitted. */
  submitted_at: moment.nullish(),
});
const listedComment = listedReview.omit({ state: true, submitted_at: true }).extend({
  created_at: moment,
  updated_at: moment.nullish(),
  performed_via_github_app: z.object({ id: z.int() }).nullish(),
});
const listedReviewComment = listedComment.extend({ path: text, line: z.int().nullish(), diff_hunk: text });

/** A listed comment, of which the bot's own status comments are left out. */
export type ListedComment = z.output<typeof listedComment>;

/** One message of the conversation, with the texts that belong to it. */
interface Message {
  /** As in an origin's `message`. */
  readonly address: string;
  readonly at: Date;
  readonly editedAt: Date;
  readonly spans: readonly (TextSpan | null)[];
}

/** A part of the conversation that GitHub lists by itself. */
interface HistorySource {
  /** As in `unreadable`. */
  readonly name: string;
  readonly route: string;
  /** Null for an item that is left out. */
  readonly read: (item: unknown) => Promise<Message | null>;
}

/** Requests one page of a list. */
export type ListPage = (page: { readonly per_page: number; readonly page: number }) => Promise<GitHubAnswer>;

/** The parts of the conversation that its history needs. */
export interface HistoryDeps {
  readonly logger: Logger;
  readonly listerOf: (route: string, doing: string) => ListPage;
  readonly isOwnStatus: (comment: ListedComment) => Promise<boolean>;
}

function sourcesOf({ pullRequest }: Origin, isOwnStatus: HistoryDeps["isOwnStatus"]): readonly HistorySource[] {
  const timesOf = ({ created_at: at, updated_at: editedAt }: ListedComment) => ({ at, editedAt: editedAt ?? at });
  const comments: HistorySource = {
    name: "comments",
    route: "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    async read(item) {
      const comment = readAnswer(listedComment, item, "reading comments");
      if (await isOwnStatus(comment)) return null;
      const spans = [textSpan("comment", comment, comment.body)];
      return { address: `issue_comment/${comment.id}`, ...timesOf(comment), spans };
    },
  };
  const reviews: HistorySource = {
    name: "reviews",
    route: "GET /repos/{owner}/{repo}/pulls/{issue_number}/reviews",
    async read(item) {
      const review = readAnswer(listedReview, item, "reading reviews");
      if (!review.submitted_at) return null;
      const times = { at: review.submitted_at, editedAt: review.submitted_at };
      const verdict = review.state.toLowerCase().replaceAll("_", " ");
      return { address: `review/${review.id}`, ...times, spans: [textSpan(`review: ${verdict}`, review, review.body)] };
    },
  };
  const reviewComments: HistorySource = {
    name: "review comments",
    route: "GET /repos/{owner}/{repo}/pulls/{issue_number}/comments",
    async read(item) {
      const comment = readAnswer(listedReviewComment, item, "reading review comments");
      const spans = [commentedLines(comment, maxHunkLength), textSpan("review comment", comment, comment.body)];
      return { address: `review_comment/${comment.id}`, ...timesOf(comment), spans };
    },
  };
  return pullRequest === null ? [comments] : [comments, reviews, reviewComments];
}

/** The last page, from GitHub's `Link` header; the current one where there is no other. */
function lastPageOf({ headers }: GitHubAnswer, current: number): number {
  const [, last] = /[?&]page=(\d{1,6})\b[^>]*>; rel="last"/.exec(String(headers["link"] ?? "")) ?? [];
  return last === undefined ? current : Number(last);
}

/** The newest items of a list that GitHub sorts from old to new, oldest first: at most 300, by at most 3 requests. */
async function listNewest(listPage: ListPage, doing: string): Promise<readonly unknown[]> {
  const readPage = async (page: number) => {
    const answer = await listPage({ per_page: perPage, page });
    return { items: readAnswer(z.array(z.unknown()), answer.data, doing), lastPage: lastPageOf(answer, page) };
  };
  const first = await readPage(1);
  const pages: (readonly unknown[])[] = [];
  for (let page = first.lastPage; page > 1 && pages.length < maxPages - 1; page -= 1) {
    pages.unshift((await readPage(page)).items);
  }
  // With a gap behind it, the first page would be out of context.
  return first.lastPage <= maxPages ? [...first.items, ...pages.flat()] : pages.flat();
}

/** Keeps the newest messages whose texts fit together, oldest first, and cuts a newest one that alone is too long. */
function keepNewest(messages: readonly Message[], maxCharacters: number): readonly TextSpan[] {
  const kept: TextSpan[][] = [];
  let left = maxCharacters;
  const inOrder = [...messages].sort((first, second) => first.at.getTime() - second.at.getTime());
  for (const { spans } of inOrder.reverse()) {
    const texts = spans.filter((span) => span !== null);
    left -= texts.reduce((length, span) => length + span.text.length, 0);
    const [last] = texts.slice(-1);
    if (left < 0 && kept.length === 0 && last) kept.push([{ ...last, text: capText(last.text, maxCharacters) }]);
    if (left < 0) break;
    kept.unshift(texts);
  }
  // Comments on the same lines show them once.
  const shown = new Set<string>();
  return kept.flat().filter(({ authorId, source, text: lines }) => {
    if (authorId !== null || source !== "commented lines") return true;
    const isNew = !shown.has(lines);
    shown.add(lines);
    return isNew;
  });
}

/**
 * Reads the comments of an issue or pull request, and the reviews and review comments of a pull request, up to a moment.
 * Left out are the request itself, the bot's status comments, and comments edited after that moment, since GitHub does not
 * return their earlier text. A source that cannot be read is named.
 */
export async function readHistory(
  { origin, until, maxCharacters }: HistoryRequest,
  { logger, listerOf, isOwnStatus }: HistoryDeps,
  signal: AbortSignal,
): Promise<ConversationHistory> {
  const unreadable: string[] = [];
  const readSource = async ({ name, route, read }: HistorySource): Promise<readonly Message[]> => {
    const doing = `reading ${name}`;
    try {
      const items = await listNewest(listerOf(route, doing), doing);
      const messages = await Promise.all(items.map(read));
      const earlier = messages.filter(
        (message) => message !== null && message.at < until && message.address !== origin.message,
      ) as Message[];
      const unedited = earlier.filter(({ editedAt }) => editedAt < until);
      if (unedited.length < earlier.length) unreadable.push(`${name} that were edited after the request`);
      return unedited;
    } catch (error) {
      signal.throwIfAborted();
      logger.warn({ err: error, conversation: origin.conversation }, `The ${name} could not be read`);
      unreadable.push(name);
      return [];
    }
  };
  const messages = await Promise.all(sourcesOf(origin, isOwnStatus).map(readSource));
  return { spans: keepNewest(messages.flat(), maxCharacters), unreadable };
}
