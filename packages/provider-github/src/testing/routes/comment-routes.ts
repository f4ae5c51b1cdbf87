import {
  type FakeGitHubAnswer,
  failure,
  movedTo,
  type RepositoryContext,
  repositoryRoute,
} from "../fake-github-route.js";
import type { FakeGitHubComment, FakeGitHubState } from "../fake-github-state.js";
import { page } from "./page.js";

const maxBodyLength = 65_536;
const canRead = [
  ["issues", "read"],
  ["pull_requests", "read"],
] as const;
const canWrite = [
  ["issues", "write"],
  ["pull_requests", "write"],
] as const;

/** The issue or pull request of a request's number, or the answer that there is none. */
function findSubject(context: RepositoryContext): { readonly isLocked: boolean } | FakeGitHubAnswer {
  const number = Number(context.parameters["number"]);
  const gone = context.state.goneIssues.get(`${context.fullName}#${number}`);
  if (gone) return withSamePath(gone, context);
  const issue = context.repository.issues?.find((each) => each.number === number);
  if (issue) return { isLocked: issue.isLocked ?? false };
  const pull = context.state.pullRequests.find(
    (each) => each.repository === context.fullName && each.number === number,
  );
  return pull ? { isLocked: false } : failure(404, "Not Found");
}

/** A redirect keeps the rest of the path, as `/comments`. */
function withSamePath(answer: FakeGitHubAnswer, { path }: RepositoryContext): FakeGitHubAnswer {
  const location = answer.headers?.["location"];
  return location === undefined ? answer : movedTo(`${location}/${path.split("/").at(-1)}`);
}

/** The fields that every text of an author has. */
export function renderAuthor({ user, association }: Pick<FakeGitHubComment, "user" | "association">): object {
  return { user: { id: user.id, login: user.login, type: user.type ?? "User" }, author_association: association };
}

/** The App that a comment was written through, or null. */
export function renderApp({ options: { app } }: FakeGitHubState, appId: number | null): object | null {
  return appId === null ? null : { id: appId, slug: app.slug, name: app.slug };
}

function render(context: RepositoryContext, comment: FakeGitHubComment): object {
  return {
    id: comment.id,
    url: `${context.apiUrl}/repos/${context.fullName}/issues/comments/${comment.id}`,
    html_url: `${context.url}/${context.fullName}/issues/${comment.issueNumber}#issuecomment-${comment.id}`,
    body: comment.body,
    ...renderAuthor(comment),
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
    performed_via_github_app: renderApp(context.state, comment.appId),
  };
}

function checkBody(body: unknown): FakeGitHubAnswer | null {
  const problem = (message: string) =>
    failure(422, "Validation Failed", [{ resource: "IssueComment", code: "unprocessable", field: "data", message }]);
  if (typeof body !== "string" || body.trim() === "") return problem("Body cannot be blank");
  return body.length > maxBodyLength ? problem(`Body is too long (maximum is ${maxBodyLength} characters)`) : null;
}

function findComment(context: RepositoryContext): FakeGitHubComment | undefined {
  return context.state.comments.find(
    ({ id, repository }) => String(id) === context.parameters["id"] && repository === context.fullName,
  );
}

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

/** Comments of issues and pull requests, and reactions: 201 for a new one, 200 for one that was there. */
export const commentRoutes = [
  repositoryRoute("GET", "/issues/(?<number>\\d+)/comments", canRead, (context) => {
    const number = Number(context.parameters["number"]);
    const subject = findSubject(context);
    if ("status" in subject) return subject;
    const since = new Date(context.query.get("since") ?? 0);
    const comments = context.state.comments.filter(
      ({ repository, issueNumber, createdAt, updatedAt }) =>
        repository === context.fullName &&
        issueNumber === number &&
        updatedAt >= since &&
        context.state.isListed(createdAt),
    );
    return page(
      context,
      comments.map((comment) => render(context, comment)),
    );
  }),
  repositoryRoute("POST", "/issues/(?<number>\\d+)/comments", canWrite, (context) => {
    const { state, body, fullName } = context;
    const issueNumber = Number(context.parameters["number"]);
    const subject = findSubject(context);
    if ("status" in subject) return subject;
    if (subject.isLocked) return failure(403, "Unable to create comment because issue is locked.");
    const problem = checkBody(body["body"]);
    if (problem) return problem;
    const now = new Date();
    const comment: FakeGitHubComment = {
      id: state.nextId(),
      repository: fullName,
      issueNumber,
      body: String(body["body"]),
      user: state.bot,
      association: "NONE",
      appId: state.options.app.id,
      createdAt: now,
      updatedAt: now,
    };
    state.comments.push(comment);
    return { status: 201, body: render(context, comment) };
  }),
  repositoryRoute("PATCH", "/issues/comments/(?<id>\\d+)", canWrite, (context) => {
    const comment = findComment(context);
    if (!comment) return failure(404, "Not Found");
    const problem = checkBody(context.body["body"]);
    if (problem) return problem;
    comment.body = String(context.body["body"]);
    comment.updatedAt = new Date();
    return { status: 200, body: render(context, comment) };
  }),
  repositoryRoute("DELETE", "/issues/comments/(?<id>\\d+)", canWrite, (context) => {
    const comment = findComment(context);
    if (!comment) return failure(404, "Not Found");
    context.state.comments.splice(context.state.comments.indexOf(comment), 1);
    return { status: 204 };
  }),
  repositoryRoute("POST", "/issues/(?<number>\\d+)/reactions", [["issues", "write"]], (context) => {
    const subject = findSubject(context);
    return "status" in subject ? subject : react(context, `issue/${Number(context.parameters["number"])}`);
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
