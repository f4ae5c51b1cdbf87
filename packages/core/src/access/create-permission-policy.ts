import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import type { AccessPolicy, AccessRefusal } from "../ports/access-policy.js";
import type { CodeHost, RepositoryPermission } from "../ports/code-host.js";
import type { ShapeOf } from "../task/shape-of.js";

/** The reason of a task whose actor may not request work in its repository. */
export const notPermitted = "not_permitted";

/** Options of {@link createPermissionPolicy}. */
export interface PermissionPolicyOptions {
  /** The code hosts by their provider's name. */
  readonly codeHosts: ReadonlyMap<string, Pick<CodeHost, "permission">>;
  /** How the thread shows a refusal: not at all, or once. @defaultValue none: strangers make the bot write nothing */
  readonly notice?: AccessRefusal["notice"];
}

const optionsSchema = z.strictObject({
  codeHosts: z.custom<PermissionPolicyOptions["codeHosts"]>(
    (value) => value instanceof Map,
    "expected a Map of code hosts by their provider's name",
  ),
  notice: z.enum(["none", "once"]).default("none"),
} satisfies ShapeOf<PermissionPolicyOptions>);

const canWrite: ReadonlySet<RepositoryPermission> = new Set<RepositoryPermission>(["admin", "maintain", "write"]);

/**
 * The default {@link AccessPolicy}: allows actors that configuration admitted at receipt, and actors of the repository's own
 * provider that may write there. Refuses all others: accounts of two providers are never the same person.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option, and `PROVIDER_UNKNOWN` from `decide` if the repository's provider has no code host here.
 */
export function createPermissionPolicy(options: PermissionPolicyOptions): AccessPolicy {
  const { codeHosts, notice } = parseOptions("createPermissionPolicy", optionsSchema, options);
  return {
    async decide({ task: { actor, isPreauthorized }, repository }, { signal }) {
      if (isPreauthorized) return { status: "allowed", allowedTools: null };
      if (actor.provider === repository.provider) {
        const codeHost = codeHosts.get(repository.provider);
        if (!codeHost)
          throw new AgentBotError("PROVIDER_UNKNOWN", `No code host is configured for ${repository.provider}`);
        const permission = await codeHost.permission(repository, actor, { signal });
        if (canWrite.has(permission)) return { status: "allowed", allowedTools: null };
      }
      const explanation = `Only people who can write to ${repository.path} can ask for work here.`;
      return { status: "refused", reason: notPermitted, explanation, notice };
    },
  };
}
