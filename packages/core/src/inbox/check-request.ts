import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { InboxRequest } from "../ports/inbox.js";
import { commandNames } from "../task/command.js";
import type { DeliveryDraft } from "../task/delivery.js";
import { installationChangeSchema, tenantClaimSchema } from "../task/interpretation.js";
import { nameSchema } from "../task/name.js";
import { taskDraftSchema } from "../task/task-draft.js";

const request = { tenant: tenantClaimSchema, draft: taskDraftSchema };
const recordingSchema = z.object({
  provider: nameSchema,
  dedupeKey: nameSchema.nullable(),
  request: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("task"), ...request }),
    z.object({ kind: z.literal("command"), command: z.enum(commandNames), ...request }),
    z.object({ kind: z.literal("withdrawal"), tenant: tenantClaimSchema, dedupeKey: nameSchema }),
    z.object({ kind: z.literal("installation"), tenant: tenantClaimSchema, change: installationChangeSchema }),
    z.object({ kind: z.literal("ignored"), reason: z.string() }),
  ]),
});

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

/**
 * Checks what a store is given to record.
 *
 * @param what - a noun with its article, for the error
 * @throws AgentBotError `REQUEST_INVALID` naming every wrong field, and never what it holds
 */
export function checkStorable<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "value"}: ${message}`);
  throw new AgentBotError("REQUEST_INVALID", `${what} cannot be recorded: ${problems.join("; ")}`, {
    details: { problems },
  });
}
