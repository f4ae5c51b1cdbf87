import { z } from "zod";
import type { RouteContext } from "../../gateway/route.js";
import type { ReplayResult } from "../../gateway/webhook/replay-delivery.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { replayKeyPattern } from "../../task/delivery.js";
import { newTaskId } from "../../task/task-id.js";
import type { AdminDeps } from "../create-admin-api.js";
import { readJsonBody } from "../read-json-body.js";
import { parameterProblem } from "../read-query.js";
import { unknownDelivery } from "./read-deliveries.js";

const keyRule = "expected 1 to 128 letters, digits and . _ : -";
const bodySchema = z.strictObject({ key: z.string().regex(replayKeyPattern, keyRule).optional() });

/**
 * `POST /api/deliveries/{id}/replay`: repeats what a stored delivery requested, as a new task. The key, in the body or as
 * `Idempotency-Key`, makes a repeated call a duplicate with the first one's task; without one, each call is a new replay.
 */
export async function replayDelivery(
  { store, replay }: AdminDeps,
  deliveryId: string,
  request: IncomingRequest,
  context: RouteContext,
): Promise<OutgoingResponse> {
  const body = await readJsonBody(request, bodySchema);
  if (body instanceof OutgoingResponse) return body;
  const header = request.headers.get("idempotency-key");
  if (header !== null && (!replayKeyPattern.test(header) || (body.value.key ?? header) !== header)) {
    return parameterProblem([{ name: "Idempotency-Key", detail: `${keyRule}, and the same key as the body's` }]);
  }
  const delivery = await store.inbox.find(deliveryId);
  if (!delivery) return unknownDelivery();
  const key = body.value.key ?? header ?? newTaskId();
  const result = await replay(delivery, key, context);
  if (result.status !== "recorded") return refuse(result);
  return jsonResponse(200, { ...result.verdict, deliveryId: result.deliveryId, key });
}

function refuse({ status }: Exclude<ReplayResult, { status: "recorded" }>): OutgoingResponse {
  const title = "Delivery cannot be replayed";
  switch (status) {
    case "body-gone":
      return problemResponse({
        status: 410,
        code: "DELIVERY_BODY_GONE",
        title,
        detail: "The body of this delivery is deleted: bodies are kept for 14 days.",
      });
    case "provider-missing":
      return problemResponse({
        status: 409,
        code: "PROVIDER_UNKNOWN",
        title,
        detail: "The provider of this delivery is not configured here any more.",
      });
    case "no-request":
      return problemResponse({
        status: 409,
        code: "DELIVERY_NOT_REPLAYABLE",
        title,
        detail: "Only deliveries that request work can be replayed; this one is a command or an installation event.",
      });
  }
}
