import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema } from "../errors/port-schema.js";
import { systemClock } from "../lifecycle/system-clock.js";
import { unlessAborted } from "../lifecycle/unless-aborted.js";
import type { AccessPolicy, AccessRefusal } from "../ports/access-policy.js";
import type { Clock } from "../ports/clock.js";
import type { CodeHost, RepositoryPermission } from "../ports/code-host.js";
import type { Actor } from "../task/origin.js";
import type { RepositoryRef } from "../task/repository-ref.js";
import type { ShapeOf } from "../task/shape-of.js";

/** The reason of a task whose actor may not request work in its repository. */
export const notPermitted = "not_permitted";

/** Options of {@link createPermissionPolicy}. */
export interface PermissionPolicyOptions {
  /** The code hosts by their provider's name. */
  readonly codeHosts: ReadonlyMap<string, Pick<CodeHost, "permission">>;
  /** How the thread shows a refusal: not at all, or once. @defaultValue none: strangers make the bot write nothing */
  readonly notice?: AccessRefusal["notice"];
  /** The source of the time. @defaultValue the machine's clock */
  readonly clock?: Clock;
}

const optionsSchema = z.strictObject({
  codeHosts: z.custom<PermissionPolicyOptions["codeHosts"]>(
    (value) => value instanceof Map,
    "expected a Map of code hosts by their provider's name",
  ),
  notice: z.enum(["none", "once"]).default("none"),
  clock: clockSchema.default(systemClock),
} satisfies ShapeOf<PermissionPolicyOptions>);

const canWrite: ReadonlySet<RepositoryPermission> = new Set<RepositoryPermission>(["admin", "maintain", "write"]);

/**
 * The default {@link AccessPolicy}: allows actors that configuration admitted at receipt, and actors of the repository's own
 * provider that may write there. Refuses all others: accounts of two providers are never the same person. A permission is
 * looked up once for all requests of an actor that come together; a refusal counts for a minute more, a grant no longer.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option, and `PROVIDER_UNKNOWN` from `decide` if the repository's provider has no code host here.
 */
export function createPermissionPolicy(options: PermissionPolicyOptions): AccessPolicy {
  const { codeHosts, notice, clock } = parseOptions("createPermissionPolicy", optionsSchema, options);
  const mayWrite = createPermissionLookup(codeHosts, clock);
  return {
    async decide({ task: { actor, isPreauthorized }, repository }, { signal }) {
      const isOfHost = actor.provider === repository.provider;
      if (isPreauthorized || (isOfHost && (await mayWrite(repository, actor, signal)))) {
        return { status: "allowed", allowedTools: null };
      }
      const explanation = `Only people who can write to ${repository.path} can ask for work here.`;
      return { status: "refused", reason: notPermitted, explanation, notice };
    },
  };
}

/** How long a refusal counts, in milliseconds: strangers can request as often as they like. A grant may be taken back at any time. */
const refusedMs = 60_000;

/** Maximum number of remembered refusals; past it, the oldest one is forgotten. */
const maxRemembered = 10_000;

/** An answer of the code host, or the request for it. */
interface Look {
  readonly answer: Promise<boolean>;
  /** Null until the code host has answered. */
  goodUntilMs: number | null;
}

/** Returns whether an actor may write to a repository, from memory where it is known; an error is not remembered. */
function createPermissionLookup(codeHosts: PermissionPolicyOptions["codeHosts"], clock: Clock) {
  const looks = new Map<string, Look>();

  const lookUp = async (repository: RepositoryRef, actor: Actor, signal: AbortSignal): Promise<boolean> => {
    const codeHost = codeHosts.get(repository.provider);
    if (!codeHost) throw new AgentBotError("PROVIDER_UNKNOWN", `No code host is configured for ${repository.provider}`);
    return canWrite.has(await codeHost.permission(repository, actor, { signal }));
  };

  const remember = (key: string, answer: Promise<boolean>): Promise<boolean> => {
    const look: Look = { answer, goodUntilMs: null };
    looks.delete(key);
    looks.set(key, look);
    const [oldest] = looks.keys();
    if (oldest !== undefined && looks.size > maxRemembered) looks.delete(oldest);
    const forget = (): void => {
      if (looks.get(key) === look) looks.delete(key);
    };
    answer.then((isGranted) => {
      if (isGranted) return forget();
      look.goodUntilMs = clock.monotonicMs() + refusedMs;
    }, forget);
    return answer;
  };

  return async (repository: RepositoryRef, actor: Actor, signal: AbortSignal): Promise<boolean> => {
    const { provider, tenant, id } = repository;
    const key = JSON.stringify([provider, tenant, id, actor.id]);
    for (;;) {
      const look = looks.get(key);
      const isGood = look && (look.goodUntilMs === null || look.goodUntilMs > clock.monotonicMs());
      if (!isGood) return await remember(key, lookUp(repository, actor, signal));
      const answer = await unlessAborted(
        look.answer.catch(() => null),
        signal,
      );
      // The request of another run failed, maybe since that run was stopped: this one makes its own.
      if (answer !== null) return answer;
    }
  };
}
