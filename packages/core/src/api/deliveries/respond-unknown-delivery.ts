import { problemResponse } from "../../http/responses.js";

/** 404 for an id that is no delivery's. */
export function respondUnknownDelivery(): Response {
  return problemResponse({
    status: 404,
    code: "DELIVERY_UNKNOWN",
    title: "Unknown delivery",
    detail: "There is no delivery with this id; deliveries are kept for 400 days.",
  });
}
