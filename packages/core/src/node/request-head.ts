import type { Problem } from "../http/outgoing-response.js";
import { malformedRequest } from "./bridge-problems.js";
import type { NodeIncomingMessageLike } from "./node-types.js";

// The Fetch standard forbids requests of these methods.
const forbiddenMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

// RFC 3986 §3.2.2 without user information: a name or IPv4 address, or an IPv6 address in brackets, and a port.
const hostPattern = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const absoluteFormPattern = /^https?:\/\/([^/?#]*)(.*)$/i;
const dotSegmentPattern = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

const methodNotImplemented: Problem = {
  status: 501,
  code: "METHOD_NOT_IMPLEMENTED",
  title: "Method not implemented",
  detail: "The server supports this method on no resource.",
};

const notFound: Problem = {
  status: 404,
  code: "NOT_FOUND",
  title: "Not found",
  detail: "There is nothing at this path.",
};

const malformedTarget = malformedRequest("The request target or the Host header is missing or malformed.");
const malformedHeader = malformedRequest("The request's method or a header is malformed.");

/** A request without its body, in the terms of the Fetch standard. */
export interface RequestHead {
  readonly status: "valid";
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Headers;
}

/** The head of a request, or why it has none. */
export type RequestHeadResult = RequestHead | { readonly status: "invalid"; readonly problem: Problem };

/** Reads the head of a Node request. */
export function readHead(incoming: NodeIncomingMessageLike): RequestHeadResult {
  const method = incoming.method ?? "GET";
  if (forbiddenMethods.has(method.toUpperCase())) return { status: "invalid", problem: methodNotImplemented };
  let fields: HeaderFields;
  try {
    fields = readFields(incoming.rawHeaders);
  } catch {
    return { status: "invalid", problem: malformedHeader };
  }
  const url = readUrl(incoming, fields);
  return typeof url === "string"
    ? { status: "valid", method, url, headers: fields.headers }
    : { status: "invalid", problem: url };
}

interface HeaderFields {
  readonly headers: Headers;
  /** The host that HTTP/2 names (RFC 9113 §8.3.1), or null. */
  readonly authority: string | null;
}

/** A repeated header becomes one value joined with `, ` (RFC 9110 §5.3), so that no value hides behind another. */
function readFields(rawHeaders: readonly string[]): HeaderFields {
  const headers = new Headers();
  let authority: string | null = null;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    // HTTP/2's pseudo-headers are not fields.
    if (!name.startsWith(":")) headers.append(name, value);
    else if (name === ":authority") authority = value;
  }
  return { headers, authority };
}

/**
 * Returns the absolute URL of a request (RFC 9112 §3.3), or a problem. `//…`, dot segments, a backslash or a fragment are not
 * normalised into a path that has a route: they are unknown. Without a `Host` the host of HTTP/1.0 is `localhost`; HTTP/1.1
 * needs exactly one: two of them, joined, are not a host.
 */
function readUrl(incoming: NodeIncomingMessageLike, { headers, authority }: HeaderFields): string | Problem {
  const named = authority ?? headers.get("host");
  const absolute = absoluteFormPattern.exec(incoming.url ?? "/");
  const host = absolute?.[1] ?? named ?? "localhost";
  const target = absolute ? (absolute[2] ?? "").replace(/^(?!\/)/, "/") : (incoming.url ?? "/");
  const isHostMissing = named === null && incoming.httpVersionMajor === 1 && incoming.httpVersionMinor === 1;
  const isHostRepeated = named?.includes(",") ?? false;
  if (isHostMissing || isHostRepeated || !hostPattern.test(host)) return malformedTarget;
  if (!isOriginForm(target)) return notFound;
  const url = `${scheme(incoming)}://${host}${target}`;
  return URL.canParse(url) ? url : malformedTarget;
}

function isOriginForm(target: string): boolean {
  const path = target.split("?", 1)[0] ?? "";
  if (!path.startsWith("/") || path.startsWith("//")) return false;
  return !/[\\#]/.test(target) && !dotSegmentPattern.test(path);
}

function scheme({ socket }: NodeIncomingMessageLike): "http" | "https" {
  return socket !== null && "encrypted" in socket && socket.encrypted === true ? "https" : "http";
}
