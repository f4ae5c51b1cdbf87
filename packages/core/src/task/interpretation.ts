import { z } from "zod";
import { type CommandName, commandNames } from "./command.js";
import { nameSchema } from "./name.js";
import type { ShapeOf } from "./shape-of.js";
import { type TaskDraft, taskDraftSchema } from "./task-draft.js";

/** Which installation an event belongs to, as its signature proved. */
export interface TenantClaim {
  /** The provider's own id of the installation. */
  readonly externalId: string;
  /** The account it belongs to, for people. */
  readonly account: string;
}

/** The schema of {@link TenantClaim}. */
export const tenantClaimSchema = z.object({
  externalId: nameSchema,
  account: z.string(),
} satisfies ShapeOf<TenantClaim>);

/** A change of an installation. */
export interface InstallationChange {
  /** The change that the provider reported. */
  readonly kind: "created" | "suspended" | "unsuspended" | "deleted" | "repositories_removed";
  /** The code host's ids of the removed repositories; empty for the other kinds. */
  readonly removedRepositoryIds: readonly string[];
  /**
   * When it happened, as the provider signed it: changes that are delivered out of order are ordered by it. Absent if the
   * provider does not sign it.
   */
  readonly occurredAt?: Date;
}

const installationChangeSchema = z.object({
  kind: z.enum(["created", "suspended", "unsuspended", "deleted", "repositories_removed"]),
  removedRepositoryIds: z.array(z.string()).readonly(),
  occurredAt: z.date().exactOptional(),
} satisfies ShapeOf<InstallationChange>);

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
  /** A conversation is gone, e.g. its issue was deleted: all that was requested in it is taken back. */
  | { readonly kind: "closure"; readonly tenant: TenantClaim; readonly conversation: string }
  | { readonly kind: "installation"; readonly tenant: TenantClaim; readonly change: InstallationChange }
  /** A provider's question that is answered in the response itself, as Slack's `url_verification`. */
  | { readonly kind: "handshake"; readonly contentType: string; readonly body: string }
  /** Understood and deliberately not acted on; the reason is stable and stored. */
  | { readonly kind: "ignored"; readonly reason: string };

const tenant = tenantClaimSchema;
const dedupeKey = nameSchema;
const task = z.object({ kind: z.literal("task"), tenant, draft: taskDraftSchema });
const command = task.extend({ kind: z.literal("command"), command: z.enum(commandNames) });
const others = [
  z.object({ kind: z.literal("withdrawal"), tenant, dedupeKey }),
  z.object({ kind: z.literal("closure"), tenant, conversation: z.string() }),
  z.object({ kind: z.literal("installation"), tenant, change: installationChangeSchema }),
  z.object({ kind: z.literal("ignored"), reason: z.string() }),
] as const;

/** The part of an {@link Interpretation} that a store records: the dedupe key of a task or a command is its delivery's. */
export const requestSchema = z.discriminatedUnion("kind", [task, command, ...others]);

/** An {@link Interpretation}, as a provider's own code returned it. */
export const interpretationSchema = z.discriminatedUnion("kind", [
  task.extend({ dedupeKey }),
  command.extend({ dedupeKey }),
  z.object({ kind: z.literal("handshake"), contentType: z.string(), body: z.string() }),
  ...others,
]) satisfies z.ZodType<Interpretation>;
