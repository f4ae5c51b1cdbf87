import { claimTenant } from "./claim-tenant.js";
import { requestByMention, textSpans } from "./draft-request.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { reviewPayload } from "./payload-schemas.js";
import { refuseActor } from "./refuse-actor.js";

/** `pull_request_review`: a submitted review whose text mentions the bot. */
export const interpretReview: Interpreter = (raw, installation, bot) => {
  const parsed = reviewPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  const payload = parsed.data;
  const { pull_request: pullRequest, repository, review } = payload;
  if (payload.action !== "submitted") return ignored("action_unsupported");
  const tenant = claimTenant(installation, payload.installation, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  const refusal = refuseActor(bot, payload.sender, null, review.body);
  if (refusal !== null) return ignored(refusal);
  // A review that was never submitted has no time, and asks nothing.
  if (!review.submitted_at) return ignored("schema");
  return requestByMention(
    {
      payload,
      tenant,
      bot,
      number: pullRequest.number,
      isPullRequest: true,
      title: pullRequest.title,
      message: `review/${review.id}`,
      link: review.html_url,
      context: textSpans(
        ["pull request title", pullRequest.user, pullRequest.title],
        ["pull request body", pullRequest.user, pullRequest.body],
        ["review", review.user, review.body],
      ),
      key: `review:${review.id}:submitted`,
      occurredAt: review.submitted_at,
    },
    review.user,
    [review.body],
  );
};
