import { type SignedWebhook, webhookRequest } from "@agentbot/provider-github/testing";
import { octocat, repository, webhookSecret } from "../world/webhook.js";

/** The events of one installation and one issue, in the order they happened. */
export type EventKind =
  | "created"
  | "mention"
  | "withdrawal"
  | "labeled"
  | "unlabeled"
  | "suspend"
  | "unsuspend"
  | "deleted"
  | "removed";

/** Something that happened, and when by GitHub's clock. */
export interface SourceEvent {
  readonly kind: EventKind;
  readonly at: Date;
  /** Of a history: no two of its events are the same bytes. */
  readonly number: number;
  /** The number of the mention that a withdrawal takes back. */
  readonly of?: number;
}

/** One installation of a history. */
export interface Place {
  readonly installationId: number;
  readonly issueNumber: number;
}

/** The signed webhook of an event. */
export function webhookOf(
  { kind, at, number, of }: SourceEvent,
  { installationId, issueNumber }: Place,
): SignedWebhook {
  const time = at.toISOString();
  const installation = { id: installationId, account: { login: repository.owner }, updated_at: time };
  const issue = {
    ...{ number: issueNumber, title: "A typo", body: "", user: octocat },
    ...{ created_at: time, updated_at: time, performed_via_github_app: null },
  };
  const about = {
    issue,
    repository: {
      ...{ id: repository.id, name: repository.name, owner: { login: repository.owner } },
      default_branch: repository.defaultBranch,
    },
    ...{ sender: octocat, installation: { id: installationId } },
  };
  const sign = (event: string, payload: object): SignedWebhook =>
    webhookRequest({ event, payload, secret: webhookSecret, deliveryId: `${installationId}-${number}` });
  switch (kind) {
    case "mention":
    case "withdrawal": {
      const comment = {
        ...{ id: installationId * 100 + (of ?? number), body: "@agentbot fix the typo", user: octocat },
        ...{ created_at: time, performed_via_github_app: null },
      };
      return sign("issue_comment", { action: kind === "mention" ? "created" : "deleted", comment, ...about });
    }
    case "labeled":
    case "unlabeled":
      return sign("issues", { action: kind, label: { id: 7, name: "agentbot" }, ...about });
    case "removed":
      return sign("installation_repositories", {
        ...{ action: "removed", installation, sender: octocat },
        ...{ repositories_removed: [{ id: repository.id, name: repository.name }], repositories_added: [] },
      });
    default:
      return sign("installation", { action: kind, installation, sender: octocat });
  }
}
