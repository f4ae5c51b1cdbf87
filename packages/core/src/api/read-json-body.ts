import type { z } from "zod";
import type { IncomingRequest } from "../http/incoming-request.js";
import { type OutgoingResponse, problemResponse } from "../http/outgoing-response.js";

const limits = { maxBytes: 16 * 1024, timeoutMs: 5000 };

/** Reads a small JSON object, `{}` if there is no body; or answers with its fault. */
export async function readJsonBody<Schema extends z.ZodObject>(
  request: IncomingRequest,
  schema: Schema,
): Promise<{ readonly value: z.output<Schema> } | OutgoingResponse> {
  const read = await request.body.read(limits);
  if (read.status === "too-large") return refuse(413, "BODY_TOO_LARGE", `The body may have ${limits.maxBytes} bytes.`);
  if (read.status === "timed-out") return refuse(408, "BODY_TIMED_OUT", "The body took too long to arrive.");
  if (read.status !== "read") return refuse(400, "BODY_BROKEN", "The body ended before it was complete.");
  if (read.body.length > 0 && !/^application\/json\s*(?:;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return refuse(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json.");
  }
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(read.body);
    value = text === "" ? {} : JSON.parse(text);
  } catch {
    return refuse(400, "BODY_INVALID", "The body is not valid JSON.");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const names = Object.keys(schema.shape).join(", ") || "none";
  const problems = parsed.error.issues.map(({ code, path, message }) =>
    // The message quotes the key, which is the sender's text.
    code === "unrecognized_keys"
      ? `body: has an unknown field; allowed are: ${names}`
      : `${path.join(".") || "body"}: ${message}`,
  );
  return refuse(400, "BODY_INVALID", problems.join("; "));
}

function refuse(status: number, code: string, detail: string): OutgoingResponse {
  return problemResponse({ status, code, title: "Invalid body", detail });
}
