import type { z } from "zod";
import { commentedLines, plainSpan, textSpan } from "../text-span.js";
import {
  type BotIdentity,
  type GitHubEvent,
  ignored,
  interpretRequest,
  type RequestFacts,
  type RequestForm,
} from "./interpret-event.js";
import {
  type CommentPayload,
  issueCommentPayload,
  issuesPayload,
  type PayloadAccount,
  pullRequestPayload,
  type RepositoryEventPayload,
  reviewCommentPayload,
  reviewPayload,
} from "./payload-schemas.js";

/** How one event of a repository is read. */
interface EventReader<Payload extends RepositoryEventPayload> extends Pick<GitHubEvent, "has" | "lacks"> {
  readonly schema: z.ZodType<Payload>;
  /** Actions that can request something. */
  readonly actions: readonly string[];
  /** Null for a payload that can't be a request, as that of a review which was never submitted. */
  readonly facts: (payload: Payload, bot: BotIdentity) => RequestFacts | null;
}

function requestEvent<Payload extends RepositoryEventPayload>(reader: EventReader<Payload>): GitHubEvent {
  const { has, lacks, schema, actions, facts: readFacts } = reader;
  return {
    has,
    lacks,
    interpret(raw, installation, bot) {
      const parsed = schema.safeParse(raw);
      if (!parsed.success) return ignored("schema");
      if (!actions.includes(parsed.data.action)) return ignored("action_unsupported");
      const facts = readFacts(parsed.data, bot);
      return facts === null ? ignored("schema") : interpretRequest(parsed.data, facts, installation, bot);
    },
  };
}

/** An issue or pull request that was opened, labelled, assigned or sent for review. */
interface OpenedSubject {
  readonly action: string;
  readonly subject: {
    readonly title: string;
    readonly body: string;
    readonly user: PayloadAccount;
    readonly created_at: Date;
    readonly updated_at: Date;
  };
  readonly label?: { readonly name: string } | null | undefined;
  readonly assignee: PayloadAccount;
  readonly reviewer: PayloadAccount;
}

/** Returns true for the bot's account: its name, or the login that GitHub gives the App of that name. */
function isBotAccount(account: PayloadAccount, bot: BotIdentity): boolean {
  const login = account?.login.toLowerCase().replace(/\[bot\]$/, "");
  return login === bot.name.toLowerCase();
}

/** Returns true for the label that requests work. GitHub's labels are unique in any letter case. */
function isBotLabel(label: { readonly name: string } | null | undefined, bot: BotIdentity): boolean {
  return label?.name.toLowerCase() === bot.name.toLowerCase();
}

/** The parts of the facts that depend on the action of an `issues` or `pull_request` event. */
function readAction(
  { action, subject, label, assignee, reviewer }: OpenedSubject,
  key: string,
  bot: BotIdentity,
): Pick<RequestFacts, "key" | "occurredAt" | "form"> {
  if (action === "opened") {
    const form = { kind: "words", author: subject.user, texts: [subject.body, subject.title] } as const;
    return { key: `${key}:opened`, occurredAt: subject.created_at, form };
  }
  const forms: Readonly<Record<string, RequestForm>> = {
    deleted: { kind: "closure" },
    transferred: { kind: "closure" },
    labeled: { kind: "action", trigger: "label", refusal: isBotLabel(label, bot) ? null : "label_not_ours" },
    assigned: {
      kind: "action",
      trigger: "assignment",
      refusal: isBotAccount(assignee, bot) ? null : "assignee_not_ours",
    },
  };
  const review: RequestForm = {
    kind: "action",
    trigger: "review_request",
    refusal: isBotAccount(reviewer, bot) ? null : "reviewer_not_ours",
  };
  const occurredAt = subject.updated_at;
  return { key: `${key}:${action}:${occurredAt.toISOString()}`, occurredAt, form: forms[action] ?? review };
}

/** The parts of the facts that depend on a new or deleted comment. */
function readComment(
  { action, comment }: CommentPayload,
  kind: "issue_comment" | "review_comment",
): Pick<RequestFacts, "message" | "link" | "viaApp" | "key" | "occurredAt" | "form"> {
  const { id, body, user, created_at: createdAt, updated_at: updatedAt } = comment;
  const isEdited = updatedAt !== null && updatedAt.getTime() !== createdAt.getTime();
  return {
    message: `${kind}/${id}`,
    link: comment.html_url,
    viaApp: comment.performed_via_github_app,
    // A deletion has the key of the event that requested something.
    key: `${kind}:${id}:created`,
    occurredAt: createdAt,
    form:
      action === "deleted"
        ? { kind: "withdrawal", text: body, isEdited }
        : { kind: "words", author: user, texts: [body] },
  };
}

/** Events that can request something, by name. Edits never do. */
export const requestEvents: readonly (readonly [name: string, event: GitHubEvent])[] = [
  [
    "issues",
    requestEvent({
      has: ["issue"],
      lacks: ["comment", "pull_request", "review"],
      schema: issuesPayload,
      actions: ["opened", "labeled", "assigned", "deleted", "transferred"],
      facts: ({ action, issue, label, assignee }, bot) => ({
        number: issue.number,
        isPullRequest: false,
        title: issue.title,
        message: `issue/${issue.number}`,
        link: issue.html_url,
        viaApp: action === "opened" ? issue.performed_via_github_app : null,
        context: [plainSpan("issue title", issue, issue.title), textSpan("issue body", issue, issue.body)],
        ...readAction({ action, subject: issue, label, assignee, reviewer: null }, `issue:${issue.number}`, bot),
      }),
    }),
  ],
  [
    "issue_comment",
    requestEvent({
      has: ["issue", "comment"],
      lacks: ["pull_request", "review"],
      schema: issueCommentPayload,
      actions: ["created", "deleted"],
      facts(payload) {
        const { issue, comment } = payload;
        const isPullRequest = issue.pull_request !== undefined && issue.pull_request !== null;
        const subject = isPullRequest ? "pull request" : "issue";
        return {
          number: issue.number,
          isPullRequest,
          title: issue.title,
          context: [
            plainSpan(`${subject} title`, issue, issue.title),
            textSpan(`${subject} body`, issue, issue.body),
            textSpan("comment", comment, comment.body),
          ],
          ...readComment(payload, "issue_comment"),
        };
      },
    }),
  ],
  [
    "pull_request",
    requestEvent({
      has: ["pull_request"],
      lacks: ["comment", "review", "issue", "thread"],
      schema: pullRequestPayload,
      actions: ["opened", "labeled", "assigned", "review_requested"],
      facts: ({ action, pull_request: pull, label, assignee, requested_reviewer: reviewer }, bot) => ({
        ...pullRequestFacts(pull),
        message: `issue/${pull.number}`,
        link: pull.html_url,
        viaApp: null,
        ...readAction({ action, subject: pull, label, assignee, reviewer }, `pull:${pull.number}`, bot),
      }),
    }),
  ],
  [
    "pull_request_review",
    requestEvent({
      has: ["pull_request", "review"],
      lacks: ["comment", "issue"],
      schema: reviewPayload,
      actions: ["submitted"],
      facts({ pull_request: pull, review }) {
        // A review that was never submitted has no time, and requests nothing.
        if (!review.submitted_at) return null;
        const facts = pullRequestFacts(pull);
        return {
          ...facts,
          message: `review/${review.id}`,
          link: review.html_url,
          viaApp: null,
          context: [...facts.context, textSpan("review", review, review.body)],
          key: `review:${review.id}:submitted`,
          occurredAt: review.submitted_at,
          form: { kind: "words", author: review.user, texts: [review.body] },
        };
      },
    }),
  ],
  [
    "pull_request_review_comment",
    requestEvent({
      has: ["pull_request", "comment"],
      lacks: ["review", "issue"],
      schema: reviewCommentPayload,
      actions: ["created", "deleted"],
      facts(payload) {
        const { pull_request: pull, comment } = payload;
        const facts = pullRequestFacts(pull);
        const lines = commentedLines(comment);
        return {
          ...facts,
          context: [...facts.context, lines, textSpan("review comment", comment, comment.body)],
          ...readComment(payload, "review_comment"),
        };
      },
    }),
  ],
];

function pullRequestFacts(
  pull: z.output<typeof reviewPayload>["pull_request"],
): Pick<RequestFacts, "number" | "isPullRequest" | "headCommit" | "title" | "context"> {
  const { number, head, title, body } = pull;
  const context = [plainSpan("pull request title", pull, title), textSpan("pull request body", pull, body)];
  return { number, isPullRequest: true, headCommit: head?.sha ?? null, title, context };
}
