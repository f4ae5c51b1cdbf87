import { type Problem, respondProblem } from "../respond.js";
import { checkMediaType } from "./check-media-type.js";
import { type BodyLimits, readBody } from "./read-body.js";

/** Receive: the raw bytes of an acceptable body, or the 408, 413, 415 or 400 that refuses it. */
export async function receiveBody(
  request: Request,
  contentTypes: readonly string[],
  limits: BodyLimits,
): Promise<Uint8Array | Response> {
  const unsupported = checkMediaType(request.headers, contentTypes);
  if (unsupported) return respondProblem(unsupported);
  const result = await readBody(request, limits);
  return result.status === "read" ? result.body : respondProblem(describe(result.status, limits));
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
