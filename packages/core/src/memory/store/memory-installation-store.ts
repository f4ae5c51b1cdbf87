import type { InstallationStore } from "../../ports/installation-store.js";
import type { Installation } from "../../task/installation.js";
import type { TenantClaim } from "../../task/interpretation.js";
import { newTaskId } from "../../task/task-id.js";
import { keyOf, type MemoryState } from "./memory-state.js";

/** The installation of this claim, created as active if it is unknown. */
export function ensureInstallation(state: MemoryState, provider: string, claim: TenantClaim): Installation {
  const key = keyOf(provider, claim.externalId);
  const known = state.installations.get(state.installationIds.get(key) ?? "");
  if (known) return known;
  const { externalId, account } = claim;
  const id = newTaskId(state.clock.now());
  const created: Installation = { id, provider, externalId, account, status: "active", webhookSecret: null };
  state.installations.set(id, created);
  state.installationIds.set(key, id);
  return created;
}

/** Installations in memory. */
export function memoryInstallationStore(state: MemoryState): InstallationStore {
  return {
    async ensure(provider, claim, webhookSecret) {
      const known = ensureInstallation(state, provider, claim);
      const installation = { ...known, webhookSecret: webhookSecret ?? known.webhookSecret };
      state.installations.set(known.id, installation);
      return { ...installation };
    },

    async find(installationId) {
      const known = state.installations.get(installationId);
      return known ? { ...known } : null;
    },
  };
}
