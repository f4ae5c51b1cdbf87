import type { Installation } from "../../task/installation.js";
import type { InstallationChange } from "../../task/interpretation.js";
import { finishCommand } from "./memory-command-store.js";
import { keyOf, type Tables } from "./tables.js";
import { cancelTask } from "./task-record.js";

/** The status after each change, and the reason with which tasks end; null where nothing changes. */
const effects = {
  created: { status: "active", reason: null },
  unsuspended: { status: "active", reason: null },
  suspended: { status: "suspended", reason: "installation_suspended" },
  deleted: { status: "deleted", reason: "installation_deleted" },
  repositories_removed: { status: null, reason: "repository_removed" },
} as const;

/** Returns true if a newer change is known. Of changes at one moment only a deletion is final: ids are not used twice. */
function isLate(tables: Tables, { id, status }: Installation, { kind, occurredAt }: InstallationChange): boolean {
  const knownAt = tables.statusChangedAt.get(id);
  if (!occurredAt || !knownAt || kind === "deleted" || kind === "repositories_removed") return false;
  return status === "deleted" ? occurredAt <= knownAt : occurredAt < knownAt;
}

/** Stores what the provider reported about an installation, and ends the tasks and commands that may no longer run. */
export function changeInstallation(tables: Tables, installation: Installation, change: InstallationChange): void {
  const { kind, removedRepositoryIds, occurredAt } = change;
  if (isLate(tables, installation, change)) return;
  const { id, provider, externalId } = installation;
  const knownAt = tables.statusChangedAt.get(id);
  if (occurredAt && effects[kind].status !== null && !(knownAt && knownAt > occurredAt)) {
    tables.statusChangedAt.set(id, occurredAt);
  }
  // A suspension does not bring a deleted installation back.
  const isGone = installation.status === "deleted" && kind === "suspended";
  const status = isGone ? "deleted" : (effects[kind].status ?? installation.status);
  const webhookSecret = kind === "deleted" ? null : installation.webhookSecret;
  tables.installations.set(id, { ...installation, status, webhookSecret });
  if (kind === "deleted") tables.credentials.delete(keyOf(provider, externalId));

  const { reason } = effects[kind];
  if (reason === null) return;
  const removed = new Set(removedRepositoryIds);
  for (const record of tables.open) {
    const { repository, installationId } = record.task;
    // A task that was requested through another provider may still be done in this installation's repositories.
    const isAffected = installationId === id || (repository?.provider === provider && repository.tenant === externalId);
    const isRemoved = kind !== "repositories_removed" || (repository !== null && removed.has(repository.id));
    if (isAffected && isRemoved) cancelTask(tables, record, reason);
  }
  if (kind === "repositories_removed") return;
  for (const record of tables.openCommands) {
    if (record.command.installationId === id) finishCommand(tables, record);
  }
}
