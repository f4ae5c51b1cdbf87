import { requestIdOf } from "../gateway/request-id.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";

/** The bridge's own answers carry a request id too, as all of the gateway's do. */
export function identify(response: Response, { rawHeaders }: NodeIncomingMessageLike): Response {
  const given = rawHeaders.find(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "x-request-id",
  );
  response.headers.set("x-request-id", requestIdOf(given ?? null));
  return response;
}
