import type { IncomingRequest } from "../../http/incoming-request.js";
import type { BodyLimits } from "../../http/read-body.js";
import { type Problem, problemResponse } from "../../http/responses.js";
import { checkMediaType } from "./check-media-type.js";

// A body that is gone reads as an empty one, whose signature is wrong: nobody would find out why.
const consumed: Problem = {
  status: 500,
  code: "RAW_BODY_CONSUMED",
  title: "Raw body consumed",
  detail:
    "The request body was read before agentbot could verify its raw bytes. Call gateway.fetch(request) before whatever " +
    "reads the body, or let that read a copy: in Hono, await c.req.raw.clone().json().",
};

/** Receive: the raw bytes of an acceptable body, or the 408, 413, 415, 400 or 500 that refuses it. */
export async function receiveBody(
  request: IncomingRequest,
  contentTypes: readonly string[],
  limits: BodyLimits,
): Promise<Uint8Array | Response> {
  const unsupported = checkMediaType(request.headers, contentTypes);
  if (unsupported) return problemResponse(unsupported);
  if (request.body.isUsed) return problemResponse(consumed);
  const result = await request.body.read(limits);
  return result.status === "read" ? result.body : problemResponse(describe(result.status, limits));
}

function describe(status: "too-large" | "timed-out" | "broken", { maxBytes, timeoutMs }: BodyLimits): Problem {
  switch (status) {
    case "too-large":
      return {
        status: 413,
        code: "BODY_TOO_LARGE",
        title: "Body too large",
        detail: `A webhook may have at most ${maxBytes} bytes.`,
      };
    case "timed-out":
      return {
        status: 408,
        code: "BODY_TIMED_OUT",
        title: "Body timed out",
        detail: `The whole body must arrive within ${timeoutMs / 1000} s.`,
      };
    case "broken":
      return {
        status: 400,
        code: "BODY_BROKEN",
        title: "Body broken",
        detail: "The body ended before it was complete.",
      };
  }
}
