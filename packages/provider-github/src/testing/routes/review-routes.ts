import { failure, type RepositoryContext, repositoryRoute } from "../fake-github-route.js";
import type { FakeGitHubReview, FakeGitHubReviewComment } from "../fake-github-state.js";
import { renderApp, renderAuthor } from "./comment-routes.js";
import { page } from "./page.js";

function renderReview(context: RepositoryContext, review: FakeGitHubReview): object {
  return {
    id: review.id,
    html_url: `${context.url}/${context.fullName}/pull/${review.issueNumber}#pullrequestreview-${review.id}`,
    body: review.body,
    ...renderAuthor(review),
    state: review.state,
    // GitHub leaves the field out of a pending review.
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt.toISOString() }),
  };
}

function renderReviewComment(context: RepositoryContext, comment: FakeGitHubReviewComment): object {
  return {
    id: comment.id,
    html_url: `${context.url}/${context.fullName}/pull/${comment.issueNumber}#discussion_r${comment.id}`,
    body: comment.body,
    ...renderAuthor(comment),
    path: comment.path,
    line: comment.line,
    diff_hunk: comment.diffHunk,
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
    performed_via_github_app: renderApp(context.state, comment.appId),
  };
}

/** A list that belongs to one pull request, oldest first. */
function listRoute<Item extends { readonly repository: string; readonly issueNumber: number }>(
  path: string,
  itemsOf: (context: RepositoryContext) => readonly Item[],
  render: (context: RepositoryContext, item: Item) => object,
) {
  return repositoryRoute("GET", `/pulls/(?<number>\\d+)/${path}`, [["pull_requests", "read"]], (context) => {
    const number = Number(context.parameters["number"]);
    const isOfPull = (each: { readonly repository: string }) => each.repository === context.fullName;
    if (!context.state.pullRequests.some((pull) => isOfPull(pull) && pull.number === number)) {
      return failure(404, "Not Found");
    }
    const items = itemsOf(context).filter((item) => isOfPull(item) && item.issueNumber === number);
    return page(
      context,
      items.map((item) => render(context, item)),
    );
  });
}

/** Reviews of a pull request, and comments on its lines. */
export const reviewRoutes = [
  listRoute("reviews", ({ state }) => state.reviews, renderReview),
  listRoute("comments", ({ state }) => state.reviewComments, renderReviewComment),
];
