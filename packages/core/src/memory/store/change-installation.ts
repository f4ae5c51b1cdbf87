import type { Installation } from "../../task/installation.js";
import type { InstallationChange } from "../../task/interpretation.js";
import { cancelAtOnce } from "./end-task.js";
import type { MemoryState } from "./memory-state.js";

const statusAfter = {
  created: "active",
  unsuspended: "active",
  suspended: "suspended",
  deleted: "deleted",
  repositories_removed: null,
} as const;

const reasonAfter = {
  created: null,
  unsuspended: null,
  suspended: "installation_suspended",
  deleted: "installation_deleted",
  repositories_removed: "repository_removed",
} as const;

/** Has something newer been said? Of one moment, only a deletion cannot be undone: ids are not used twice. */
function isLate(state: MemoryState, { id, status }: Installation, { kind, occurredAt }: InstallationChange): boolean {
  const knownAt = state.installationNewsAt.get(id);
  if (!occurredAt || !knownAt || kind === "deleted" || kind === "repositories_removed") return false;
  return status === "deleted" ? occurredAt <= knownAt : occurredAt < knownAt;
}

/** Remembers what the provider said about an installation, and ends the tasks that may no longer run. */
export function changeInstallation(state: MemoryState, installation: Installation, change: InstallationChange): void {
  const { kind, removedRepositoryIds, occurredAt } = change;
  if (isLate(state, installation, change)) return;
  const knownAt = state.installationNewsAt.get(installation.id);
  if (occurredAt && statusAfter[kind] !== null && !(knownAt && knownAt > occurredAt)) {
    state.installationNewsAt.set(installation.id, occurredAt);
  }
  // A suspension does not bring a deleted installation back.
  const isGone = installation.status === "deleted" && kind === "suspended";
  const status = isGone ? "deleted" : (statusAfter[kind] ?? installation.status);
  const webhookSecret = kind === "deleted" ? null : installation.webhookSecret;
  state.installations.set(installation.id, { ...installation, status, webhookSecret });
  const reason = reasonAfter[kind];
  if (reason === null) return;
  const removed = new Set(removedRepositoryIds);
  for (const record of state.open) {
    const { repository, installationId } = record.task;
    // Asked for through another provider, the work may still be done in this installation's repositories.
    const isItsRepository =
      repository.provider === installation.provider && repository.tenant === installation.externalId;
    const isAffected =
      kind === "repositories_removed"
        ? (isItsRepository || installationId === installation.id) && removed.has(repository.id)
        : isItsRepository || installationId === installation.id;
    if (isAffected) cancelAtOnce(state, record, reason);
  }
}
