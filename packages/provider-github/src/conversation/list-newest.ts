import { z } from "zod";
import { readAnswer } from "../api/answers.js";
import type { GitHubAnswer } from "../api/create-github-api.js";

const perPage = 100;
/** Maximum requests for one list. */
const maxPages = 3;

/** Requests one page of a list. */
export type ListPage = (page: { readonly per_page: number; readonly page: number }) => Promise<GitHubAnswer>;

/** The last page, from GitHub's `Link` header; the current one where there is no other. */
function lastPageOf({ headers }: GitHubAnswer, current: number): number {
  const [, last] = /[?&]page=(\d{1,6})\b[^>]*>; rel="last"/.exec(String(headers["link"] ?? "")) ?? [];
  return last === undefined ? current : Number(last);
}

/** The newest items of a list that GitHub sorts from old to new, oldest first: at most 300, by at most 3 requests. */
export async function listNewest(listPage: ListPage, doing: string): Promise<readonly unknown[]> {
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
