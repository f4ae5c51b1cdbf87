import { z } from "zod";

/** An installation of the bot at a provider: the tenant. */
export const installationSchema = z.object({
  id: z.string(),
  provider: z.string(),
  /** The provider's own id of it. */
  externalId: z.string(),
  /** The account it belongs to, for people. */
  account: z.string(),
  status: z.enum(["active", "suspended", "deleted"]),
  /** The secret of its own webhook endpoint, or null where the provider's App secret serves all. */
  webhookSecret: z.string().nullable(),
});

/** An installation of the bot at a provider: the tenant. */
export type Installation = z.infer<typeof installationSchema>;
