import { claimTenant } from "./claim-tenant.js";
import { type RequestFacts, requestByGesture, requestByMention, textSpans } from "./draft-request.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { isBotAccount, isBotLabel } from "./names-the-bot.js";
import { issuesPayload } from "./payload-schemas.js";
import { refuseActor } from "./refuse-actor.js";

/** `issues`: opened with a mention, labelled with the bot's name, or assigned to it. */
export const interpretIssues: Interpreter = (raw, installation, bot) => {
  const parsed = issuesPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  const payload = parsed.data;
  const { action, issue, repository, sender } = payload;
  if (!["opened", "labeled", "assigned"].includes(action)) return ignored("action_unsupported");
  const tenant = claimTenant(installation, payload.installation, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  const isOpened = action === "opened";
  const refusal = refuseActor(
    bot,
    sender,
    isOpened ? issue.performed_via_github_app : null,
    isOpened ? `${issue.title}\n${issue.body}` : "",
  );
  if (refusal !== null) return ignored(refusal);
  const moment = issue.updated_at.toISOString();
  const facts: RequestFacts = {
    payload,
    tenant,
    bot,
    number: issue.number,
    isPullRequest: false,
    title: issue.title,
    message: `issue/${issue.number}`,
    link: issue.html_url,
    context: textSpans(["issue title", issue.user, issue.title], ["issue body", issue.user, issue.body]),
    key: isOpened ? `issue:${issue.number}:opened` : `issue:${issue.number}:${action}:${moment}`,
    occurredAt: isOpened ? issue.created_at : issue.updated_at,
  };
  if (isOpened) return requestByMention(facts, issue.user, [issue.body, issue.title]);
  if (action === "labeled") {
    return isBotLabel(payload.label, bot) ? requestByGesture(facts, "label") : ignored("label_not_ours");
  }
  return isBotAccount(payload.assignee, bot) ? requestByGesture(facts, "assignment") : ignored("assignee_not_ours");
};
