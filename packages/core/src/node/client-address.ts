import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { plainAddress } from "../http/incoming-request.js";

/** Networks that have a name. */
const namedNetworks: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  linklocal: ["169.254.0.0/16", "fe80::/10"],
  uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** A network as it is written: an address and how many of its bits count. */
interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: "ipv4" | "ipv6";
}

/** Returns null for any other text. */
function parseNetwork(text: string): Network | null {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const all = version === 6 ? 128 : 32;
  const count = Number(bits ?? all);
  return version === 0 || count > all ? null : { address, bits: count, family: version === 6 ? "ipv6" : "ipv4" };
}

/** Proxies in front of a server: addresses, networks such as `10.0.0.0/8`, `loopback`, `linklocal` and `uniquelocal`. */
export const trustedProxiesSchema = z.array(
  z
    .string()
    .refine(
      (entry) => Object.hasOwn(namedNetworks, entry) || parseNetwork(entry) !== null,
      "must be an address, a network such as 10.0.0.0/8, or one of loopback, linklocal, uniquelocal",
    ),
);

/** Returns a function that returns true for the address of a trusted proxy. */
export function createProxyCheck(trustedProxies: readonly string[]): (address: string) => boolean {
  const networks = new BlockList();
  for (const text of trustedProxies.flatMap((entry) => namedNetworks[entry] ?? [entry])) {
    const network = parseNetwork(text);
    if (network) networks.addSubnet(network.address, network.bits, network.family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && networks.check(address, version === 6 ? "ipv6" : "ipv4");
  };
}

/**
 * Returns a function that returns the client's address: the socket's, or, where that is a trusted proxy's, the right-most one
 * of `X-Forwarded-For` or `Forwarded` (RFC 7239) that is not a trusted proxy's. Anything left of it can be forged. If both
 * headers are there and disagree, one of them came from the client, and the proxy's own address counts.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (socketAddress: string | undefined, headers: Headers) => string | null {
  const isProxy = createProxyCheck(trustedProxies);
  const clientIn = (proxy: string, hops: readonly string[]): string => {
    let client = proxy;
    for (const hop of [...hops].reverse()) {
      const address = addressOf(hop);
      // Words such as `unknown` hide what is left of them too.
      if (address === null) return client;
      client = address;
      if (!isProxy(address)) return client;
    }
    return client;
  };
  return (socketAddress, headers) => {
    if (socketAddress === undefined) return null;
    const nearest = plainAddress(socketAddress);
    if (!isProxy(nearest)) return nearest;
    const forwardedFor = headers.get("x-forwarded-for");
    const forwarded = headers.get("forwarded");
    const clients = [
      ...(forwardedFor === null ? [] : [clientIn(nearest, forwardedFor.split(","))]),
      ...(forwarded === null ? [] : [clientIn(nearest, forwarded.split(",").map(forOf))]),
    ];
    const [client = nearest, other = client] = clients;
    return client === other ? client : nearest;
  };
}

/** The `for` of one element of a `Forwarded` header. */
function forOf(element: string): string {
  const pair = element.split(";").find((part) => /^\s*for\s*=/i.test(part)) ?? "";
  return pair
    .slice(pair.indexOf("=") + 1)
    .trim()
    .replace(/^"(.*)"$/, "$1");
}

/** The address of a hop, without its port; null if it is not an address. */
function addressOf(hop: string): string | null {
  const text = hop.trim();
  const [, inBrackets] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  const [, withPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  const address = plainAddress(inBrackets ?? withPort ?? text);
  return isIP(address) === 0 ? null : address;
}
