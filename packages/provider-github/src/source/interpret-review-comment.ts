import { claimTenant } from "./claim-tenant.js";
import { requestByMention, textSpans } from "./draft-request.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { reviewCommentPayload } from "./payload-schemas.js";
import { refuseActor } from "./refuse-actor.js";
import { commentCreated } from "./semantic-key.js";
import { withdrawnRequest } from "./withdrawn-request.js";

/** `pull_request_review_comment`: a new comment on a line of a pull request that mentions the bot, or its deletion. */
export const interpretReviewComment: Interpreter = (raw, installation, bot) => {
  const parsed = reviewCommentPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  const payload = parsed.data;
  const { comment, pull_request: pullRequest, repository } = payload;
  if (payload.action === "deleted") return withdrawnRequest(payload, installation, bot, "review_comment");
  if (payload.action !== "created") return ignored("action_unsupported");
  const tenant = claimTenant(installation, payload.installation, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  const refusal = refuseActor(bot, payload.sender, comment.performed_via_github_app, comment.body);
  if (refusal !== null) return ignored(refusal);
  const place = comment.line ? `${comment.path}:${comment.line}` : comment.path;
  return requestByMention(
    {
      payload,
      tenant,
      bot,
      number: pullRequest.number,
      isPullRequest: true,
      title: pullRequest.title,
      message: `review_comment/${comment.id}`,
      link: comment.html_url,
      context: textSpans(
        ["pull request title", pullRequest.user, pullRequest.title],
        ["pull request body", pullRequest.user, pullRequest.body],
        ["commented lines", null, comment.diff_hunk === "" ? "" : `${place}\n${comment.diff_hunk}`],
        ["review comment", comment.user, comment.body],
      ),
      key: commentCreated("review_comment", comment.id),
      occurredAt: comment.created_at,
    },
    comment.user,
    [comment.body],
  );
};
