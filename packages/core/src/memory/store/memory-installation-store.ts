import { checkStorable } from "../../errors/parse-options.js";
import type { InstallationStore } from "../../ports/installation-store.js";
import type { Installation } from "../../task/installation.js";
import { type TenantClaim, tenantClaimSchema } from "../../task/interpretation.js";
import { newTaskId } from "../../task/task-id.js";
import { keyOf, type Tables } from "./tables.js";

/** Returns the installation of this claim, created as active if it is unknown. */
export function ensureInstallation(tables: Tables, provider: string, claim: TenantClaim): Installation {
  const known = findByExternalId(tables, provider, claim.externalId);
  if (known) return known;
  const { externalId, account } = claim;
  const id = newTaskId(tables.clock.now());
  const created: Installation = { id, provider, externalId, account, status: "active", webhookSecret: null };
  tables.installations.set(id, created);
  tables.installationIds.set(keyOf(provider, externalId), id);
  return created;
}

/** Returns the installation with this id of the provider's, or null. */
export function findByExternalId(tables: Tables, provider: string, externalId: string): Installation | null {
  const id = tables.installationIds.get(keyOf(provider, externalId));
  return (id === undefined ? null : tables.installations.get(id)) ?? null;
}

/** Installations in memory. */
export function memoryInstallationStore(tables: Tables): InstallationStore {
  return {
    async ensure(provider, claim, webhookSecret) {
      checkStorable("An installation", tenantClaimSchema, claim);
      const known = ensureInstallation(tables, provider, claim);
      const installation = { ...known, webhookSecret: webhookSecret ?? known.webhookSecret };
      tables.installations.set(known.id, installation);
      return { ...installation };
    },

    async find(installationId) {
      return structuredClone(tables.installations.get(installationId) ?? null);
    },

    async findByExternalId(provider, externalId) {
      return structuredClone(findByExternalId(tables, provider, externalId));
    },
  };
}
