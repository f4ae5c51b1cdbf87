import type { DecodeResult, VerifiedEvent } from "../ports/webhook-source.js";

/** Maximum nesting of JSON: no provider nests deeper, and code that walks a deeper value could run out of stack. */
const maxDepth = 100;

/** Maximum number of fields of a form: no provider sends a hundred, and millions of them would take seconds. */
const maxFields = 1000;

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\{}[]');
const ampersand = 0x26;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses a verified body as JSON (RFC 8259): strict UTF-8 without a byte order mark, at most 100 levels deep. Called after
 * verification only, so that an unsigned body is never parsed.
 */
export function decodeJson({ body }: Pick<VerifiedEvent, "body">): DecodeResult {
  if (body.length === 0) return { status: "invalid", detail: "The body is empty; send the event as JSON." };
  if (isTooDeep(body)) return { status: "invalid", detail: `The JSON is nested deeper than ${maxDepth} levels.` };
  const text = decodeUtf8(body);
  if (text === null) return { status: "invalid", detail: "The body is not valid UTF-8." };
  try {
    return { status: "decoded", payload: JSON.parse(text) };
  } catch {
    return { status: "invalid", detail: "The body is not valid JSON." };
  }
}

/**
 * Parses a verified body of the type `application/x-www-form-urlencoded`. A field `payload` is the event as JSON, as
 * GitHub and Slack's buttons send it; without it, the payload is an object with the text of each field (of a repeated
 * field: the last).
 */
export function decodeForm({ body }: Pick<VerifiedEvent, "body">): DecodeResult {
  const text = decodeUtf8(body);
  if (text === null) return { status: "invalid", detail: "The body is not valid UTF-8." };
  if (hasMoreFields(body, maxFields))
    return { status: "invalid", detail: `The form has more than ${maxFields} fields.` };
  const fields = new URLSearchParams(text);
  const json = fields.get("payload");
  return json === null
    ? { status: "decoded", payload: Object.fromEntries(fields) }
    : decodeJson({ body: Buffer.from(json) });
}

/** Parses a verified body by its media type: a form as {@link decodeForm} does, anything else as JSON. */
export function decodeBody(event: Pick<VerifiedEvent, "body" | "contentType">): DecodeResult {
  return event.contentType === "application/x-www-form-urlencoded" ? decodeForm(event) : decodeJson(event);
}

function hasMoreFields(body: Uint8Array, limit: number): boolean {
  let count = 0;
  for (let at = body.indexOf(ampersand); at !== -1; at = body.indexOf(ampersand, at + 1)) {
    count += 1;
    if (count >= limit) return true;
  }
  return false;
}

function decodeUtf8(body: Uint8Array): string | null {
  try {
    return strictUtf8.decode(body);
  } catch {
    return null;
  }
}

function isTooDeep(body: Uint8Array): boolean {
  if (hasFewBrackets(Buffer.from(body.buffer, body.byteOffset, body.byteLength))) return false;
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (isInString) {
      if (byte === backslash) index += 1;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  return false;
}

/** Most bodies open fewer brackets than they may nest, which `indexOf` finds out much faster than a loop over bytes. */
function hasFewBrackets(body: Buffer): boolean {
  let count = 0;
  for (const bracket of [openBrace, openBracket]) {
    for (let at = body.indexOf(bracket ?? 0); at !== -1; at = body.indexOf(bracket ?? 0, at + 1)) {
      count += 1;
      if (count > maxDepth) return false;
    }
  }
  return true;
}
