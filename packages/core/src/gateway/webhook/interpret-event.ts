import { problemResponse } from "../../http/responses.js";
import type { Logger } from "../../ports/logger.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { Interpretation } from "../../task/interpretation.js";
import { parsePayload } from "./parse-payload.js";
import type { WebhookParts } from "./webhook-parts.js";

/** Interpret: what a verified event means, or the answer to a body that is no JSON and to a handshake. */
export function interpretEvent(
  { metrics }: WebhookParts,
  provider: WebhookProvider,
  event: VerifiedEvent,
  logger: Logger,
): Exclude<Interpretation, { kind: "handshake" }> | Response {
  const parsed = parsePayload(event.body);
  if (parsed.status === "invalid") {
    const labels = { provider: provider.name, event: event.event, outcome: "error" };
    metrics.increment("agentbot_webhook_deliveries_total", labels);
    return problemResponse({ status: 400, code: "PAYLOAD_INVALID", title: "Invalid payload", detail: parsed.detail });
  }
  const interpretation = interpretSafely(provider, event, parsed.payload, logger);
  if (interpretation.kind !== "handshake") return interpretation;
  return new Response(interpretation.body, { headers: { "content-type": interpretation.contentType } });
}

/** A signed event that we fail to understand is kept with its verdict, so that it can be replayed after the mend. */
function interpretSafely(
  provider: WebhookProvider,
  event: VerifiedEvent,
  payload: unknown,
  logger: Logger,
): Interpretation {
  try {
    return provider.source.interpret(event, payload);
  } catch (error) {
    logger.error(
      { err: error, event: event.event },
      "A signed event could not be interpreted; it is kept for a replay",
    );
    return { kind: "ignored", reason: "interpretation_failed" };
  }
}
