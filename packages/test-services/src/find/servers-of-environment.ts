import { AgentBotError } from "@agentbot/core";
import { checkPostgres } from "../postgres/run-statement.js";
import { checkRedis } from "../redis/check-redis.js";
import type { FoundServer, ServerSource, TestServer } from "./server-source.js";

const variables = {
  Redis: { name: "REDIS_URL", protocols: ["redis:", "rediss:"], example: "redis://127.0.0.1:6379", check: checkRedis },
  PostgreSQL: {
    name: "DATABASE_URL",
    protocols: ["postgres:", "postgresql:"],
    example: "postgres://user:password@127.0.0.1:5432/postgres",
    check: checkPostgres,
  },
} as const satisfies Record<TestServer, object>;

/** The servers that the user names in `REDIS_URL` and `DATABASE_URL`: they must answer, none replaces them. */
export function serversOfEnvironment(environment: Readonly<Record<string, string | undefined>>): ServerSource {
  return async (missing, signal) => {
    const servers = new Map<TestServer, FoundServer>();
    const problems: string[] = [];
    await Promise.all(
      missing.map(async (server) => {
        const { name, protocols, example, check } = variables[server];
        const url = environment[name];
        if (!url) return;
        const isOfProtocol = URL.canParse(url) && (protocols as readonly string[]).includes(new URL(url).protocol);
        const problem = isOfProtocol ? await check(url, signal) : `that is not a URL such as ${example}`;
        if (problem === null) {
          servers.set(server, { url, origin: `${name} (${maskPassword(url)})`, close: async () => {} });
        } else {
          const shown = isOfProtocol ? `${name} is ${maskPassword(url)}: ${problem}` : `${name}: ${problem}`;
          problems.push(`${shown}. Correct it, or unset ${name} and the tests start a private ${server}.`);
        }
      }),
    );
    signal.throwIfAborted();
    if (problems.length > 0) {
      throw new AgentBotError("CONFIGURATION_INVALID", problems.sort().join("\n"), { details: { problems } });
    }
    return { servers, note: null };
  };
}

/** A URL for people: without its password, and without its query, which may hold one too. */
function maskPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  shown.search = "";
  return shown.href;
}
