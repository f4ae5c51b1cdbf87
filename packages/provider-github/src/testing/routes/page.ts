import type { FakeGitHubAnswer, FakeGitHubContext } from "../fake-github-route.js";

/** One page of a list with GitHub's `Link` header: `per_page` is 30 by default and at most 100. */
export function page(context: FakeGitHubContext, items: readonly unknown[]): FakeGitHubAnswer {
  const perPage = Math.min(100, Math.max(1, Number(context.query.get("per_page") ?? 30) || 30));
  const current = Math.max(1, Number(context.query.get("page") ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const linkTo = (number: number, relation: string): string => {
    const query = new URLSearchParams(context.query);
    query.set("page", String(number));
    return `<${context.apiUrl}${context.path}?${query}>; rel="${relation}"`;
  };
  const links = [
    ...(current > 1 ? [linkTo(current - 1, "prev")] : []),
    ...(current < last ? [linkTo(current + 1, "next"), linkTo(last, "last")] : []),
    ...(current > 1 ? [linkTo(1, "first")] : []),
  ];
  return {
    status: 200,
    body: items.slice((current - 1) * perPage, current * perPage),
    headers: links.length > 0 ? { link: links.join(", ") } : {},
  };
}
