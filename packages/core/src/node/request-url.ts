import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";

// RFC 3986 §3.2.2 without user information: a name or IPv4 address, or an IPv6 address in brackets, and a port.
const hostPattern = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const absoluteFormPattern = /^https?:\/\/([^/?#]*)(.*)$/i;
const dotSegmentPattern = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/** What {@link requestUrl} found: a URL, a path that is in no route's form, or a `Host` that can't be trusted. */
export type RequestUrl =
  | { readonly status: "valid"; readonly url: string }
  | { readonly status: "unknown-path" }
  | { readonly status: "malformed" };

/**
 * The absolute URL of a request (RFC 9112 §3.3). `//…`, dot segments, a backslash or a fragment are not normalised into
 * a path that has a route: they are unknown. Without a `Host` the host of HTTP/1.0 is `localhost`; HTTP/1.1 needs one.
 * `mountPath` is taken off the path; what does not lie below it is unknown.
 */
export function requestUrl(incoming: NodeIncomingMessageLike, mountPath: string): RequestUrl {
  const named = (name: string): string[] =>
    incoming.rawHeaders.filter((_, index) => incoming.rawHeaders[index - 1]?.toLowerCase() === name && index % 2 === 1);
  // HTTP/2 names the host in `:authority` (RFC 9113 §8.3.1).
  const authorities = named(":authority");
  const hosts = authorities.length > 0 ? authorities : named("host");
  const absolute = absoluteFormPattern.exec(incoming.url ?? "/");
  const host = absolute?.[1] ?? hosts[0] ?? "localhost";
  const target = absolute ? (absolute[2] ?? "").replace(/^(?!\/)/, "/") : (incoming.url ?? "/");
  const isHostMissing = hosts.length === 0 && incoming.httpVersionMajor === 1 && incoming.httpVersionMinor === 1;
  if (isHostMissing || hosts.length > 1 || !hostPattern.test(host)) return { status: "malformed" };
  if (!isBelow(mountPath, target)) return { status: "unknown-path" };
  const below = target.slice(mountPath.length).replace(/^(?!\/)/, "/");
  if (!isOriginForm(below)) return { status: "unknown-path" };
  const url = `${scheme(incoming)}://${host}${below}`;
  return URL.canParse(url) ? { status: "valid", url } : { status: "malformed" };
}

function isOriginForm(target: string): boolean {
  const path = target.split("?", 1)[0] ?? "";
  if (!path.startsWith("/") || path.startsWith("//")) return false;
  return !/[\\#]/.test(target) && !dotSegmentPattern.test(path);
}

function isBelow(mountPath: string, target: string): boolean {
  return (
    target.startsWith("/") &&
    (mountPath === "" || (target.startsWith(mountPath) && /^(?:[/?]|$)/.test(target.slice(mountPath.length))))
  );
}

function scheme({ socket }: NodeIncomingMessageLike): "http" | "https" {
  return socket !== null && "encrypted" in socket && socket.encrypted === true ? "https" : "http";
}
