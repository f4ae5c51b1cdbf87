import { BlockList, isIP } from "node:net";
import { Agent, type Dispatcher, fetch as fetchThrough, ProxyAgent } from "undici";
import type { Environment } from "../environment/environment-schema.js";
import { proxyVariables } from "../environment/outgoing-schema.js";

/** How the process and its programs reach other servers: by one rule. */
export interface Outgoing {
  /** Sends the requests of providers and of Git LFS; undefined where there is no proxy: the platform's does. */
  readonly fetch: typeof globalThis.fetch | undefined;
  /** The variables that give the same rule to git and the agent; undefined ones are to be left out. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Reads the rule from the environment alone, so that a proxy of the shell never counts for a part of the process only. */
export function composeOutgoing(environment: Environment): Outgoing {
  const proxyOf = createProxyRule(environment);
  const direct = new Agent();
  const agents = new Map<string, Dispatcher>();
  for (const proxy of new Set([environment.HTTPS_PROXY, environment.HTTP_PROXY])) {
    if (proxy !== undefined) agents.set(proxy, new ProxyAgent(proxyOptions(proxy)));
  }
  // Decided for each request, since a redirect may lead to another host.
  const dispatcher = direct.compose(() => (options, handler) => {
    const proxy = options.origin === undefined ? undefined : proxyOf(String(options.origin));
    return (agents.get(proxy ?? "") ?? direct).dispatch(options, handler);
  });
  const fetch = ((input: string, init?: object) => fetchThrough(input, { ...init, dispatcher })) as unknown;

  return {
    fetch: agents.size === 0 ? undefined : (fetch as typeof globalThis.fetch),
    variables: variablesOf(environment),
    async close() {
      await Promise.all([direct, ...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** Returns the proxy, without its credentials, or `direct`, for each part of a process in its role. */
export function routesOf(environment: Environment): Readonly<Record<string, string>> {
  const proxyOf = createProxyRule(environment);
  const routeTo = (url: string): string => {
    const proxy = proxyOf(url);
    return proxy === undefined ? "direct" : withoutUser(new URL(proxy));
  };
  const { AGENTBOT_ROLE, GITHUB_API_URL, GITHUB_URL, ANTHROPIC_BASE_URL } = environment;
  const api = routeTo(GITHUB_API_URL);
  if (AGENTBOT_ROLE === "gateway") return { api };
  return { api, git: routeTo(GITHUB_URL), agent: routeTo(ANTHROPIC_BASE_URL ?? "https://api.anthropic.com") };
}

/** Returns a function that returns the proxy of a URL, if it has one. */
function createProxyRule({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY }: Environment): (url: string) => string | undefined {
  const isDirect = createHostCheck(NO_PROXY);
  return (url) => {
    const { protocol, hostname } = new URL(url);
    if (isDirect(hostname)) return undefined;
    return protocol === "https:" ? HTTPS_PROXY : HTTP_PROXY;
  };
}

/** Returns a function that returns true for a host that the list names itself, its domain, or its network. */
function createHostCheck(entries: readonly string[]): (hostname: string) => boolean {
  const networks = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const version = isIP(address);
    const family = version === 6 ? "ipv6" : "ipv4";
    if (version !== 0) networks.addSubnet(address, Number(bits ?? (version === 6 ? 128 : 32)), family);
  }
  const names = entries.map((entry) => entry.replace(/\.$/, ""));
  return (hostname) => {
    const host = hostname.replace(/^\[|\]$|\.$/g, "").toLowerCase();
    const version = isIP(host);
    if (version !== 0) return names.includes("*") || networks.check(host, version === 6 ? "ipv6" : "ipv4");
    return names.some((name) => name === "*" || host === name || host.endsWith(`.${name}`));
  };
}

/** `http:` servers are requested from a proxy by their whole address, as git does it: a tunnel is for `https:`. */
function proxyOptions(proxy: string): ProxyAgent.Options {
  const url = new URL(proxy);
  const user = decodeURIComponent(`${url.username}:${url.password}`);
  const token = url.username === "" ? {} : { token: `Basic ${Buffer.from(user).toString("base64")}` };
  return { uri: withoutUser(url), proxyTunnel: false, ...token };
}

function withoutUser(url: URL): string {
  const { protocol, hostname, port } = url;
  return `${protocol}//${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** Programs differ in whether a name stands for its subdomains too: both forms are given. */
function variablesOf(environment: Environment): Record<string, string | undefined> {
  const names = environment.NO_PROXY.flatMap((entry) =>
    entry === "*" || isIP(entry.split("/")[0] ?? "") !== 0 ? [entry] : [entry, `.${entry}`],
  );
  const variables: Record<string, string | undefined> = {};
  for (const name of Object.values(proxyVariables).flat()) variables[name] = undefined;
  // In a list, git takes `*` for the name of a host.
  const noProxy = names.includes("*") ? "*" : names.join(",");
  const given = { ...environment, NO_PROXY: noProxy || undefined };
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] as const) {
    variables[name] = given[name];
    variables[name.toLowerCase()] = given[name];
  }
  return variables;
}
