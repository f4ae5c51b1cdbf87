import type { Installation, Interpretation } from "@agentbot/core";
import { findMention } from "@agentbot/core/markdown";
import { claimTenant } from "./claim-tenant.js";
import type { BotIdentity } from "./draft-request.js";
import { ignored } from "./interpreter.js";
import type { CommentPayload } from "./payload-schemas.js";
import { type CommentKind, commentCreated, semanticKeyOf } from "./semantic-key.js";

/** A comment was deleted: whoever asked for something in it does not want it any more. */
export function withdrawnRequest(
  { comment, repository, installation: claimed }: CommentPayload,
  installation: Installation | null,
  bot: BotIdentity,
  kind: CommentKind,
): Interpretation {
  const tenant = claimTenant(installation, claimed, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  // What an edited comment asked for when it was new is not told any more.
  const isEdited = comment.updated_at !== null && comment.updated_at.getTime() !== comment.created_at.getTime();
  if (!isEdited && !findMention(comment.body, bot.name)) return ignored("no_mention");
  return { kind: "withdrawal", tenant, dedupeKey: semanticKeyOf(repository.id, commentCreated(kind, comment.id)) };
}
