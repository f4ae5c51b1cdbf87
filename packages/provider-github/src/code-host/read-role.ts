import type { Actor, RepositoryPermission } from "@agentbot/core";
import { z } from "zod";
import { readAnswer } from "../api/read-answer.js";

const roles: ReadonlySet<string> = new Set(["admin", "maintain", "write", "triage", "read", "none"]);
const answer = z.object({
  permission: z.string(),
  role_name: z.string().nullish(),
  user: z.object({ id: z.int() }).nullish(),
});

function isRole(value: string | null | undefined): value is RepositoryPermission {
  return typeof value === "string" && roles.has(value);
}

/**
 * The role in an answer of the collaborator-permission API. `role_name` knows maintain and triage; a custom role falls
 * back to `permission`, which knows its base. A login that somebody else has registered since is nobody.
 */
export function readRole(data: unknown, actor: Actor, doing: string): RepositoryPermission {
  const { permission, role_name, user } = readAnswer(answer, data, doing);
  if (user && String(user.id) !== actor.id) return "none";
  if (isRole(role_name)) return role_name;
  return isRole(permission) ? permission : "none";
}
