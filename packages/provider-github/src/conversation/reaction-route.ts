const routes = new Map([
  ["issue_comment", "POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"],
  ["review_comment", "POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions"],
]);

/**
 * Where a reaction to a message goes. Issues, pull requests and reviews, which take none in the REST API, are reacted
 * to at their conversation.
 */
export function reactionRoute(message: string | null): { readonly path: string; readonly id: string } {
  const [kind = "", id = ""] = (message ?? "").split("/");
  const path = /^\d{1,16}$/.test(id) ? routes.get(kind) : undefined;
  return { path: path ?? "POST /repos/{owner}/{repo}/issues/{issue_number}/reactions", id };
}
