import { type FakeGitHubAnswer, failure, type RepositoryContext, repositoryRoute } from "../fake-github-route.js";
import { findSubject } from "./comment-routes.js";

const contents = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

function react(context: RepositoryContext, subject: string): FakeGitHubAnswer {
  const { state, fullName } = context;
  const content = String(context.body["content"]);
  if (!contents.includes(content)) return failure(422, "Validation Failed");
  const isSame = (each: (typeof state.reactions)[number]) =>
    each.repository === fullName && each.subject === subject && each.content === content && each.user === state.bot;
  const existing = state.reactions.find(isSame);
  const reaction = existing ?? { id: state.nextId(), repository: fullName, subject, content, user: state.bot };
  if (!existing) state.reactions.push(reaction);
  return { status: existing ? 200 : 201, body: { id: reaction.id, content, user: state.bot } };
}

/** Reactions: 201 for a new one, 200 for one that was there. */
export const reactionRoutes = [
  repositoryRoute("POST", "/issues/(?<number>\\d+)/reactions", [["issues", "write"]], (context) => {
    const number = Number(context.parameters["number"]);
    return findSubject(context, number) ? react(context, `issue/${number}`) : failure(404, "Not Found");
  }),
  repositoryRoute("POST", "/issues/comments/(?<id>\\d+)/reactions", [["issues", "write"]], (context) => {
    const id = Number(context.parameters["id"]);
    const exists = context.state.comments.some((each) => each.id === id && each.repository === context.fullName);
    return exists ? react(context, `issue_comment/${id}`) : failure(404, "Not Found");
  }),
  repositoryRoute("POST", "/pulls/comments/(?<id>\\d+)/reactions", [["pull_requests", "write"]], (context) =>
    react(context, `review_comment/${Number(context.parameters["id"])}`),
  ),
];
