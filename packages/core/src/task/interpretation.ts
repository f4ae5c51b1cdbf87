import { z } from "zod";
import type { CommandName } from "./command.js";
import { nameSchema } from "./name.js";
import type { TaskDraft } from "./task-draft.js";

/** Which installation an event belongs to, as its signature proved. */
export const tenantClaimSchema = z.object({ externalId: nameSchema, account: z.string() });

/** Which installation an event belongs to. */
export type TenantClaim = Readonly<z.infer<typeof tenantClaimSchema>>;

/** A change of an installation. */
export const installationChangeSchema = z.object({
  kind: z.enum(["created", "suspended", "unsuspended", "deleted", "repositories_removed"]),
  /** The code host's ids of the removed repositories; empty for the other kinds. */
  removedRepositoryIds: z.array(z.string()).readonly(),
  /**
   * When it happened, as the provider signed it: changes that are delivered out of order are ordered by it. Absent if the
   * provider does not sign it.
   */
  occurredAt: z.date().exactOptional(),
});

/** A change of an installation. */
export type InstallationChange = Readonly<z.infer<typeof installationChangeSchema>>;

/** The meaning of a verified event. Pure: it depends on the event alone. */
export type Interpretation =
  | {
      readonly kind: "task";
      readonly tenant: TenantClaim;
      readonly draft: TaskDraft;
      /** Two events with this key are the same request, whatever their bytes. */
      readonly dedupeKey: string;
    }
  | {
      readonly kind: "command";
      readonly tenant: TenantClaim;
      readonly command: CommandName;
      /** Where it was given and by which actor; trigger, priority and instruction are those of a mention. */
      readonly draft: TaskDraft;
      readonly dedupeKey: string;
    }
  /** The message that made a request was deleted; the key is that of the event that made it. */
  | { readonly kind: "withdrawal"; readonly tenant: TenantClaim; readonly dedupeKey: string }
  | { readonly kind: "installation"; readonly tenant: TenantClaim; readonly change: InstallationChange }
  /** A provider's question that is answered in the response itself, as Slack's `url_verification`. */
  | { readonly kind: "handshake"; readonly contentType: string; readonly body: string }
  /** Understood and deliberately not acted on; the reason is stable and stored. */
  | { readonly kind: "ignored"; readonly reason: string };
