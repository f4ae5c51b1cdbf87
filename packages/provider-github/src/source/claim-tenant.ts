import type { Installation, TenantClaim } from "@agentbot/core";

/**
 * Whose event it is: the installation of the path, whose own secret signed it, else the App's signed `installation.id`.
 * A string is the reason to ignore the event.
 */
export function claimTenant(
  pathInstallation: Installation | null,
  claimed: { readonly id: string } | null,
  account: string,
): TenantClaim | string {
  if (pathInstallation === null) return claimed ? { externalId: claimed.id, account } : "no_installation";
  if (claimed && claimed.id !== pathInstallation.externalId) return "installation_mismatch";
  return { externalId: pathInstallation.externalId, account: pathInstallation.account };
}
