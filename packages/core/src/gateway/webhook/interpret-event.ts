import { decodeBody } from "../../http/decode-body.js";
import { type OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import type { Logger } from "../../ports/logger.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { Interpretation } from "../../task/interpretation.js";

/**
 * Interpret: returns what a verified event means, or the 400 for a body that cannot be decoded. An event that the provider
 * fails to interpret is kept with its verdict, so that it can be replayed after the fix.
 */
export function interpretEvent(
  { name, source }: WebhookProvider,
  event: VerifiedEvent,
  logger: Logger,
): Interpretation | OutgoingResponse {
  try {
    const decoded = source.decode?.(event) ?? decodeBody(event);
    if (decoded.status === "decoded") return ofVerifiedTenant(source.interpret(event, decoded.payload), name);
    const { detail } = decoded;
    return problemResponse({ status: 400, code: "PAYLOAD_INVALID", title: "Invalid payload", detail });
  } catch (error) {
    logger.error(
      { err: error, event: event.event },
      "A signed event could not be interpreted; it is kept for a replay",
    );
    return { kind: "ignored", reason: "interpretation_failed" };
  }
}

/**
 * The origin selects a credential and a thread, so it must be the tenant that the signature proved: a provider that takes it
 * from the payload has a defect.
 */
function ofVerifiedTenant(interpretation: Interpretation, provider: string): Interpretation {
  if (interpretation.kind !== "task" && interpretation.kind !== "command") return interpretation;
  const { tenant, draft } = interpretation;
  if (draft.origin.provider === provider && draft.origin.tenant === tenant.externalId) return interpretation;
  const { origin } = draft;
  throw new Error(
    `The origin ${origin.provider}/${origin.tenant} is not the verified ${provider}/${tenant.externalId}`,
  );
}
