import { z } from "zod";
import { nameSchema } from "./name.js";

/** Where a task was requested. Only the provider named here can read `conversation` and `message`. */
export const originSchema = z.object({
  /** The provider's name, such as `github`. */
  provider: nameSchema,
  /** The provider's own id of the installation, workspace or site: it selects the credential that answers here. */
  tenant: nameSchema,
  /** The provider's address of the conversation, such as `octocat/hello#7`. */
  conversation: z.string(),
  /** The provider's address of the message that made the request, to react to; null if there is none. */
  message: z.string().nullable(),
  /** The pull request that the conversation belongs to, with the code host's id of its repository; null elsewhere. */
  pullRequest: z.object({ repositoryId: z.string(), number: z.number().int() }).nullable().default(null),
  /** The conversation's web address, for people. */
  url: z.string(),
});

/** Where a task was requested. */
export type Origin = z.infer<typeof originSchema>;

/** The person or program that made a request. */
export const actorSchema = z.object({
  /** The name of the provider whose account this is; accounts of different providers never compare equal. */
  provider: nameSchema,
  /** The provider's own id of the account: logins can be renamed and reused. */
  id: nameSchema,
  login: nameSchema,
});

/** The person or program that made a request. */
export type Actor = z.infer<typeof actorSchema>;
