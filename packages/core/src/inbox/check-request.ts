import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { checkStorable } from "../errors/parse-options.js";
import type { InboxRequest } from "../ports/inbox.js";
import type { DeliveryDraft } from "../task/delivery.js";
import { requestSchema } from "../task/interpretation.js";
import { nameSchema } from "../task/name.js";

const recordingSchema = z.object({ provider: nameSchema, dedupeKey: nameSchema.nullable(), request: requestSchema });

/**
 * Checks that a request can be recorded. Its origin selects a credential and a thread, so it must be the tenant that the
 * signature of the delivery proved.
 *
 * @throws AgentBotError `REQUEST_INVALID` naming every wrong field
 */
export function checkRequest(
  { provider, dedupeKey }: Pick<DeliveryDraft, "provider" | "dedupeKey">,
  request: InboxRequest,
): void {
  checkStorable("A request", recordingSchema, { provider, dedupeKey, request });
  if (request.kind !== "task" && request.kind !== "command") return;
  const { origin } = request.draft;
  if (origin.provider === provider && origin.tenant === request.tenant.externalId) return;
  throw new AgentBotError(
    "REQUEST_INVALID",
    "A request cannot be recorded: request.draft.origin: expected the provider and the tenant of the verified delivery",
  );
}
