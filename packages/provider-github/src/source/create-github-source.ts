import type { RawWebhook, VerifiedEvent, WebhookSource } from "@agentbot/core";
import type { BotIdentity } from "./draft-request.js";
import { fitsEvent } from "./event-names.js";
import { interpretInstallation, interpretInstallationRepositories } from "./interpret-installation.js";
import { interpretIssueComment } from "./interpret-issue-comment.js";
import { interpretIssues } from "./interpret-issues.js";
import { interpretPullRequest } from "./interpret-pull-request.js";
import { interpretReview } from "./interpret-review.js";
import { interpretReviewComment } from "./interpret-review-comment.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { verifySignature } from "./verify-signature.js";

const interpreters = new Map<string, Interpreter>([
  ["issues", interpretIssues],
  ["issue_comment", interpretIssueComment],
  ["pull_request", interpretPullRequest],
  ["pull_request_review", interpretReview],
  ["pull_request_review_comment", interpretReviewComment],
  ["installation", interpretInstallation],
  ["installation_repositories", interpretInstallationRepositories],
  ["ping", () => ignored("ping")],
]);

/** Neither header is signed: what does not fit its grammar counts as absent. */
function readHeader(webhook: RawWebhook, name: string, grammar: RegExp): string | null {
  const value = webhook.headers.get(name);
  return value !== null && grammar.test(value) ? value : null;
}

/** The receiving side of GitHub: signatures of App webhooks, and what their events ask for. */
export function createGitHubSource(bot: BotIdentity, webhookSecrets: readonly string[]): WebhookSource {
  return {
    contentTypes: ["application/json"],
    async verify(webhook) {
      const { body, headers, installation } = webhook;
      const secrets = installation ? [installation.webhookSecret ?? ""] : webhookSecrets;
      if (!verifySignature(body, headers.get("x-hub-signature-256"), secrets)) return null;
      const event = readHeader(webhook, "x-github-event", /^[a-z_]{1,64}$/) ?? "unknown";
      const externalId = readHeader(webhook, "x-github-delivery", /^[\w.:-]{1,128}$/);
      return { event, externalId, body, installation } as VerifiedEvent;
    },
    interpret(event, payload) {
      const interpret = interpreters.get(event.event);
      if (!interpret) return ignored("event_unsupported");
      if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return ignored("event_mismatch");
      if (!fitsEvent(event.event, payload)) return ignored("event_mismatch");
      return interpret(payload, event.installation, bot);
    },
  };
}
