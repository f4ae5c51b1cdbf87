import type { Installation, InstallationChange, Interpretation } from "@agentbot/core";
import type { z } from "zod";
import { claimTenant } from "./actors.js";
import { type GitHubEvent, ignored } from "./github-event.js";
import { installationPayload, installationRepositoriesPayload } from "./payload-schemas.js";

const changeByAction = new Map<string, InstallationChange["kind"]>([
  ["created", "created"],
  ["deleted", "deleted"],
  ["suspend", "suspended"],
  ["unsuspend", "unsuspended"],
]);

function changed(
  { installation }: z.output<typeof installationPayload>,
  pathInstallation: Installation | null,
  change: InstallationChange,
): Interpretation {
  const tenant = claimTenant(pathInstallation, installation, installation.account.login);
  return typeof tenant === "string" ? ignored(tenant) : { kind: "installation", tenant, change };
}

/** Events of the App's installations, by name: installed, suspended, removed, or with fewer repositories. */
export const installationEvents: readonly (readonly [name: string, event: GitHubEvent])[] = [
  [
    "installation",
    {
      has: ["installation"],
      lacks: ["repository", "repositories_removed", "issue", "pull_request"],
      interpret(raw, pathInstallation) {
        const { success, data } = installationPayload.safeParse(raw);
        if (!success) return ignored("schema");
        const kind = changeByAction.get(data.action);
        if (kind === undefined) return ignored("action_unsupported");
        const { updated_at: occurredAt } = data.installation;
        return changed(data, pathInstallation, {
          kind,
          removedRepositoryIds: [],
          ...(occurredAt ? { occurredAt } : {}),
        });
      },
    },
  ],
  [
    "installation_repositories",
    {
      has: ["installation", "repositories_removed"],
      lacks: ["repository", "issue"],
      interpret(raw, pathInstallation) {
        const { success, data } = installationRepositoriesPayload.safeParse(raw);
        if (!success) return ignored("schema");
        // Added repositories need nothing.
        if (data.action !== "removed") return ignored("action_unsupported");
        const removedRepositoryIds = (data.repositories_removed ?? []).map(({ id }) => id);
        return changed(data, pathInstallation, { kind: "repositories_removed", removedRepositoryIds });
      },
    },
  ],
];
