import { z } from "zod";
import type { ShapeOf } from "./shape-of.js";

/** An installation of the bot at a provider: the tenant. */
export interface Installation {
  /** A UUIDv7. */
  readonly id: string;
  /** The provider's name. */
  readonly provider: string;
  /** The provider's own id of it. */
  readonly externalId: string;
  /** The account it belongs to, for people. */
  readonly account: string;
  /** Only an active one has tasks. */
  readonly status: "active" | "suspended" | "deleted";
  /** The secret of its own webhook endpoint, or null where the provider's App secret serves all. */
  readonly webhookSecret: string | null;
}

/** The schema of {@link Installation}. */
export const installationSchema = z.object({
  id: z.string(),
  provider: z.string(),
  externalId: z.string(),
  account: z.string(),
  status: z.enum(["active", "suspended", "deleted"]),
  webhookSecret: z.string().nullable(),
} satisfies ShapeOf<Installation>);
