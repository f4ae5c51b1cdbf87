import type { InstallationChange } from "@agentbot/core";
import { claimTenant } from "./claim-tenant.js";
import { type Interpreter, ignored } from "./interpreter.js";
import { installationPayload, installationRepositoriesPayload } from "./payload-schemas.js";

const changeByAction = new Map<string, InstallationChange["kind"]>([
  ["created", "created"],
  ["deleted", "deleted"],
  ["suspend", "suspended"],
  ["unsuspend", "unsuspended"],
]);

/** `installation`: the App was installed, suspended or removed. */
export const interpretInstallation: Interpreter = (raw, installation) => {
  const parsed = installationPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  const kind = changeByAction.get(parsed.data.action);
  if (kind === undefined) return ignored("action_unsupported");
  const tenant = claimTenant(installation, parsed.data.installation, parsed.data.installation.account.login);
  if (typeof tenant === "string") return ignored(tenant);
  const { updated_at: occurredAt } = parsed.data.installation;
  const change = { kind, removedRepositoryIds: [], ...(occurredAt ? { occurredAt } : {}) };
  return { kind: "installation", tenant, change };
};

/** `installation_repositories`: repositories were taken from the App. Added ones need nothing. */
export const interpretInstallationRepositories: Interpreter = (raw, installation) => {
  const parsed = installationRepositoriesPayload.safeParse(raw);
  if (!parsed.success) return ignored("schema");
  if (parsed.data.action !== "removed") return ignored("action_unsupported");
  const tenant = claimTenant(installation, parsed.data.installation, parsed.data.installation.account.login);
  if (typeof tenant === "string") return ignored(tenant);
  const removedRepositoryIds = (parsed.data.repositories_removed ?? []).map(({ id }) => id);
  return { kind: "installation", tenant, change: { kind: "repositories_removed", removedRepositoryIds } };
};
