import type { Installation } from "../task/installation.js";
import type { TenantClaim } from "../task/interpretation.js";

/** Installations of the bot: its tenants. Secrets are encrypted at rest where the store is a database. */
export interface InstallationStore {
  /**
   * The installation of this claim, created as active if it is unknown; a given webhook secret replaces the stored one. Throws
   * AgentBotError `REQUEST_INVALID` for an id of more than 800 bytes.
   */
  ensure(provider: string, claim: TenantClaim, webhookSecret?: string): Promise<Installation>;
  /** The installation with this id of ours, or null. Never throws for a malformed id. */
  find(installationId: string): Promise<Installation | null>;
  /** The installation with this id of the provider's, or null. */
  findByExternalId(provider: string, externalId: string): Promise<Installation | null>;
}
