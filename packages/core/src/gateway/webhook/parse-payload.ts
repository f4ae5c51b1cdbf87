/** No provider nests deeper; a deeper body is an attack on whoever walks it. */
const maxDepth = 100;

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\{}[]');

/** Most bodies open fewer brackets than they may nest: that is seen without reading them byte by byte. */
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

/** What {@link parsePayload} made of the bytes. */
export type PayloadResult =
  | { readonly status: "parsed"; readonly payload: unknown }
  | { readonly status: "invalid"; readonly detail: string };

/**
 * Parses a verified body as JSON (RFC 8259): strict UTF-8 without a byte order mark, at most 100 levels deep.
 * Called only after the signature was right, so that nobody else can make us parse.
 */
export function parsePayload(body: Uint8Array): PayloadResult {
  if (body.length === 0) return { status: "invalid", detail: "The body is empty; send the event as JSON." };
  if (isTooDeep(body)) return { status: "invalid", detail: `The JSON is nested deeper than ${maxDepth} levels.` };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return { status: "invalid", detail: "The body is not valid UTF-8." };
  }
  try {
    return { status: "parsed", payload: JSON.parse(text) };
  } catch {
    return { status: "invalid", detail: "The body is not valid JSON." };
  }
}
