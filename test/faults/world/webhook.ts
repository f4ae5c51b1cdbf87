import { type FakeGitHub, webhookRequest } from "@agentbot/provider-github/testing";

/** The secret that signs the world's webhooks. */
export const webhookSecret = "a secret of the fault tests only";

/** The one repository, and the one person with write permission. */
export const repository = { id: 1, owner: "octo-org", name: "hello", defaultBranch: "main" };
export const octocat = { id: 1001, login: "octocat", type: "User" } as const;

/** A comment that asks for work. */
export interface Comment {
  readonly id: number;
  readonly issueNumber: number;
  /** @defaultValue "@agentbot fix the typo" */
  readonly text?: string;
  /** @defaultValue now */
  readonly at?: Date;
}

/** Writes a comment that asks for work, as a person would. */
export function writeComment(github: FakeGitHub, issueNumber: number, text = "@agentbot fix the typo"): Comment {
  const place = `${repository.owner}/${repository.name}`;
  const { id, createdAt } = github.addComment({ repository: place, issueNumber, body: text, user: octocat });
  return { id, issueNumber, text, at: createdAt };
}

/** A signed `issue_comment`, as GitHub sends it. The same comment at the same time is the same bytes. */
export function commentWebhook(
  { id, issueNumber, text = "@agentbot fix the typo", at = new Date() }: Comment,
  { secret = webhookSecret, deliveryId = `delivery-${id}` } = {},
) {
  const time = at.toISOString();
  const payload = {
    action: "created",
    issue: {
      ...{ number: issueNumber, title: "A typo", body: "", user: octocat },
      ...{ created_at: time, updated_at: time, performed_via_github_app: null },
    },
    comment: { id, body: text, user: octocat, created_at: time, performed_via_github_app: null },
    repository: {
      ...{ id: repository.id, name: repository.name, owner: { login: repository.owner } },
      default_branch: repository.defaultBranch,
    },
    sender: octocat,
    installation: { id: 1 },
  };
  return webhookRequest({ event: "issue_comment", payload, secret, deliveryId });
}
