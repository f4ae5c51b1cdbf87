import { claimTenant } from "./claim-tenant.js";
import { requestByMention, textSpans } from "./draft-request.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { issueCommentPayload } from "./payload-schemas.js";
import { refuseActor } from "./refuse-actor.js";
import { commentCreated } from "./semantic-key.js";
import { withdrawnRequest } from "./withdrawn-request.js";

/** `issue_comment`: a new comment, on an issue or a pull request, that mentions the bot, or its deletion. Edits never ask. */
export const interpretIssueComment: Interpreter = (raw, installation, bot) => {
  const parsed = issueCommentPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  const payload = parsed.data;
  const { comment, issue, repository } = payload;
  if (payload.action === "deleted") return withdrawnRequest(payload, installation, bot, "issue_comment");
  if (payload.action !== "created") return ignored("action_unsupported");
  const tenant = claimTenant(installation, payload.installation, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  const refusal = refuseActor(bot, payload.sender, comment.performed_via_github_app, comment.body);
  if (refusal !== null) return ignored(refusal);
  const isPullRequest = issue.pull_request !== undefined && issue.pull_request !== null;
  const subject = isPullRequest ? "pull request" : "issue";
  return requestByMention(
    {
      payload,
      tenant,
      bot,
      number: issue.number,
      isPullRequest,
      title: issue.title,
      message: `issue_comment/${comment.id}`,
      link: comment.html_url,
      context: textSpans(
        [`${subject} title`, issue.user, issue.title],
        [`${subject} body`, issue.user, issue.body],
        ["comment", comment.user, comment.body],
      ),
      key: commentCreated("issue_comment", comment.id),
      occurredAt: comment.created_at,
    },
    comment.user,
    [comment.body],
  );
};
