import { z } from "zod";
import { nameSchema } from "./name.js";
import type { ShapeOf } from "./shape-of.js";

/** The pull request that a conversation belongs to. */
export interface PullRequestRef {
  /** The code host's id of its repository. */
  readonly repositoryId: string;
  /** Its number in the repository. */
  readonly number: number;
  /** The commit that its author's request was about, where the event names it: the newest of its branch then; else null. */
  readonly headCommit: string | null;
}

/** Where a task was requested. Only the provider named here can read `conversation` and `message`. */
export interface Origin {
  /** The provider's name, such as `github`. */
  readonly provider: string;
  /** The provider's own id of the installation, workspace or site: it selects the credential that answers here. */
  readonly tenant: string;
  /** The provider's address of the conversation, such as `octocat/hello#7`. */
  readonly conversation: string;
  /** The provider's address of the message that made the request, to react to; null if there is none. */
  readonly message: string | null;
  /** The pull request that the conversation belongs to; null elsewhere. */
  readonly pullRequest: PullRequestRef | null;
  /** The conversation's web address, for people. */
  readonly url: string;
}

/** The schema of {@link Origin}. */
export const originSchema = z.object({
  provider: nameSchema,
  tenant: nameSchema,
  conversation: z.string(),
  message: z.string().nullable(),
  pullRequest: z
    .object({
      repositoryId: z.string(),
      number: z.number().int(),
      headCommit: z.string().nullable().default(null),
    } satisfies ShapeOf<PullRequestRef>)
    .nullable()
    .default(null),
  url: z.string(),
} satisfies ShapeOf<Origin>);

/** The person or program that made a request. */
export interface Actor {
  /** The name of the provider whose account this is; accounts of different providers never compare equal. */
  readonly provider: string;
  /** The provider's own id of the account: logins can be renamed and reused. */
  readonly id: string;
  /** The name of the account, for people. */
  readonly login: string;
}

/** The schema of {@link Actor}. */
export const actorSchema = z.object({
  provider: nameSchema,
  id: nameSchema,
  login: nameSchema,
} satisfies ShapeOf<Actor>);
