import { AgentBotError } from "@agentbot/core";

/**
 * Checks a URL before ioredis gets it. ioredis takes any path for a database and may go on in database 0, and
 * a user or a password that is not percent-encoded ends it with an error that names neither.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the fault, never the URL
 *
 * @example
 * checkRedisUrl(url);
 * const client = new Redis(url, { retryStrategy: redisRetryStrategy(), maxRetriesPerRequest: 1 });
 */
export function checkRedisUrl(url: string): void {
  const fault = faultOf(url);
  if (fault !== null) throw new AgentBotError("CONFIGURATION_INVALID", `Redis URL: ${fault}`);
}

function faultOf(url: string): string | null {
  // ioredis reads the protocol in lower case only.
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) return "must be a URL such as redis://host:6379";
  const { username, password, pathname, searchParams, hash } = new URL(url);
  if (hash !== "") return "must have %23 for each # in its user and password";
  if (!isPercentEncoded(username) || !isPercentEncoded(password))
    return "must have %25 for each % in its user and password";
  if (!/^\/?$|^\/\d+$/.test(pathname) || !/^\d*$/.test(searchParams.get("db") ?? ""))
    return "must end with the number of a database, or with none, such as redis://host:6379/0";
  return null;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
