import type { Installation } from "../task/installation.js";
import type { TenantClaim } from "../task/interpretation.js";

/** Who has installed the bot. Secrets are encrypted at rest where the store is a database. */
export interface InstallationStore {
  /** The installation of this claim, created as active if it is unknown; a given webhook secret replaces the stored one. */
  ensure(provider: string, claim: TenantClaim, webhookSecret?: string): Promise<Installation>;
  /** By our id, or null. Never throws for a malformed id. */
  find(installationId: string): Promise<Installation | null>;
}
