import { claimTenant } from "./claim-tenant.js";
import { type RequestFacts, requestByGesture, requestByMention, textSpans } from "./draft-request.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { isBotAccount, isBotLabel } from "./names-the-bot.js";
import { pullRequestPayload } from "./payload-schemas.js";
import { refuseActor } from "./refuse-actor.js";

/** `pull_request`: opened with a mention, labelled with the bot's name, assigned to it, or its review asked for. */
export const interpretPullRequest: Interpreter = (raw, installation, bot) => {
  const parsed = pullRequestPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  const payload = parsed.data;
  const { action, pull_request: pullRequest, repository, sender } = payload;
  if (!["opened", "labeled", "assigned", "review_requested"].includes(action)) return ignored("action_unsupported");
  const tenant = claimTenant(installation, payload.installation, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  const isOpened = action === "opened";
  const refusal = refuseActor(bot, sender, null, isOpened ? `${pullRequest.title}\n${pullRequest.body}` : "");
  if (refusal !== null) return ignored(refusal);
  const { number, user } = pullRequest;
  const facts: RequestFacts = {
    payload,
    tenant,
    bot,
    number,
    isPullRequest: true,
    title: pullRequest.title,
    message: `issue/${number}`,
    link: pullRequest.html_url,
    context: textSpans(["pull request title", user, pullRequest.title], ["pull request body", user, pullRequest.body]),
    key: isOpened ? `pull:${number}:opened` : `pull:${number}:${action}:${pullRequest.updated_at.toISOString()}`,
    occurredAt: isOpened ? pullRequest.created_at : pullRequest.updated_at,
  };
  if (isOpened) return requestByMention(facts, user, [pullRequest.body, pullRequest.title]);
  if (action === "labeled") {
    return isBotLabel(payload.label, bot) ? requestByGesture(facts, "label") : ignored("label_not_ours");
  }
  if (action === "assigned") {
    return isBotAccount(payload.assignee, bot) ? requestByGesture(facts, "assignment") : ignored("assignee_not_ours");
  }
  const isAsked = isBotAccount(payload.requested_reviewer, bot);
  return isAsked ? requestByGesture(facts, "review_request") : ignored("reviewer_not_ours");
};
