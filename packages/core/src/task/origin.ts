import { z } from "zod";

/** Where a task was asked. Only the provider named here can read `conversation` and `message`. */
export const originSchema = z.object({
  /** The provider's name, such as `github`. */
  provider: z.string(),
  /** The installation's id at the provider: which credential answers here. */
  externalInstallationId: z.string(),
  /** The provider's address of the conversation, such as `octocat/hello#7`. */
  conversation: z.string(),
  /** The provider's address of the message that asked, to react to; null if there is none. */
  message: z.string().nullable(),
  /** The number of the pull request the conversation belongs to, or null. */
  pullRequestNumber: z.number().int().nullable(),
  /** Where a person can read it. */
  url: z.string(),
});

/** Where a task was asked. */
export type Origin = z.infer<typeof originSchema>;

/** The person or program that asked. */
export const actorSchema = z.object({
  id: z.string(),
  login: z.string(),
});

/** The person or program that asked. */
export type Actor = z.infer<typeof actorSchema>;
