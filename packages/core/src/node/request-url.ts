import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";

// RFC 3986 §3.2.2 without user information: a name or IPv4 address, or an IPv6 address in brackets, and a port.
const hostPattern = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const absoluteFormPattern = /^https?:\/\/([^/?#]*)(.*)$/i;
const dotSegmentPattern = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * The absolute URL of a request (RFC 9112 §3.3), or null when its target or `Host` can't be trusted to mean one thing:
 * `//…`, dot segments, a backslash, a fragment, user information, more than one `Host`. Without a `Host` (HTTP/1.0)
 * the host is `localhost`.
 */
export function requestUrl(incoming: NodeIncomingMessageLike): string | null {
  const hosts = incoming.rawHeaders.filter(
    (_, index) => incoming.rawHeaders[index - 1]?.toLowerCase() === "host" && index % 2 === 1,
  );
  const absolute = absoluteFormPattern.exec(incoming.url ?? "/");
  const host = absolute?.[1] ?? hosts[0] ?? "localhost";
  const target = absolute ? (absolute[2] ?? "").replace(/^(?!\/)/, "/") : (incoming.url ?? "/");
  if (hosts.length > 1 || !hostPattern.test(host) || !isOriginForm(target)) return null;
  return URL.canParse(`${scheme(incoming)}://${host}${target}`) ? `${scheme(incoming)}://${host}${target}` : null;
}

function isOriginForm(target: string): boolean {
  const path = target.split("?", 1)[0] ?? "";
  if (!path.startsWith("/") || path.startsWith("//")) return false;
  return !/[\\#]/.test(target) && !dotSegmentPattern.test(path);
}

function scheme({ socket }: NodeIncomingMessageLike): "http" | "https" {
  return socket !== null && "encrypted" in socket && socket.encrypted === true ? "https" : "http";
}
