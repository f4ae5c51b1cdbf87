import { z } from "zod";
import { isOwnerName, isRepositoryName } from "../addresses.js";

/** GitHub's ids are JSON numbers; one that JavaScript cannot hold exactly would name another thing. */
const id = z.int().min(0).transform(String);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const moment = z
  .string()
  .max(64)
  .transform((value) => new Date(value))
  .refine((value) => !Number.isNaN(value.getTime()), "is not a date");
const link = z.string().max(4096).nullish();
/** How the author relates to the repository; a word that is not GitHub's is dropped. */
const author_association = z
  .string()
  .regex(/^[A-Z_]{1,32}$/)
  .nullish()
  .catch(null);

/** Null is a ghost: the account was deleted. */
const account = z
  .object({ id, login: z.string().min(1).max(100), type: z.string().max(40).nullish() })
  .nullish()
  .transform((value) => value ?? null);
const viaApp = z
  .object({ id })
  .nullish()
  .transform((value) => value ?? null);

const repository = z.object({
  id,
  name: z.string().refine(isRepositoryName, "is not a repository name"),
  owner: z.object({ login: z.string().refine(isOwnerName, "is not an owner name") }),
  default_branch: z.string().min(1).max(255),
});
const number = z.int().min(1);

const issue = z.object({
  number,
  title: text,
  body: text,
  html_url: link,
  user: account,
  author_association,
  created_at: moment,
  updated_at: moment,
  pull_request: z.unknown().optional(),
  performed_via_github_app: viaApp,
});
const pullRequest = z.object({
  number,
  head: z
    .object({ sha: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/) })
    .nullish()
    .catch(null),
  title: text,
  body: text,
  html_url: link,
  user: account,
  author_association,
  created_at: moment,
  updated_at: moment,
});
const comment = z.object({
  id,
  body: text,
  html_url: link,
  user: account,
  author_association,
  created_at: moment,
  updated_at: moment.nullish().transform((value) => value ?? null),
  performed_via_github_app: viaApp,
});
const installation = z.object({ id });

/** Fields of every event of a repository. */
const repositoryEvent = z.object({
  action: z.string().max(100),
  repository,
  sender: account,
  installation: installation.nullish().transform((value) => value ?? null),
});

/** `issues` */
export const issuesPayload = repositoryEvent.extend({
  issue,
  label: z.object({ id: id.nullish(), name: z.string() }).nullish(),
  assignee: account,
});

/** `issue_comment`, on issues and pull requests alike */
export const issueCommentPayload = repositoryEvent.extend({ issue, comment });

/** `pull_request` */
export const pullRequestPayload = repositoryEvent.extend({
  pull_request: pullRequest,
  label: z.object({ id: id.nullish(), name: z.string() }).nullish(),
  assignee: account,
  requested_reviewer: account,
});

/** `pull_request_review` */
export const reviewPayload = repositoryEvent.extend({
  pull_request: pullRequest.partial({ created_at: true, updated_at: true }),
  review: z.object({
    id,
    body: text,
    html_url: link,
    user: account,
    author_association,
    submitted_at: moment.nullish(),
  }),
});

/** `pull_request_review_comment` */
export const reviewCommentPayload = repositoryEvent.extend({
  pull_request: pullRequest.partial({ created_at: true, updated_at: true }),
  comment: comment.extend({ path: text, line: z.int().nullish(), diff_hunk: text }),
});

/** A date, or seconds since the epoch: events of installations have either. Any other value counts as unknown. */
const installationMoment = z
  .union([
    moment,
    z
      .int()
      .min(0)
      .transform((seconds) => new Date(seconds * 1000)),
  ])
  .nullish()
  .catch(null);
const ownedInstallation = z.object({
  id,
  account: z.object({ login: z.string().min(1).max(100) }),
  updated_at: installationMoment,
});

/** `installation` */
export const installationPayload = z.object({ action: z.string().max(100), installation: ownedInstallation });

/** `installation_repositories` */
export const installationRepositoriesPayload = installationPayload.extend({
  repositories_removed: z.array(z.object({ id })).nullish(),
});

/** The parts of a payload that interpreters share. */
export type RepositoryEventPayload = z.output<typeof repositoryEvent>;
/** The parts of a comment's payload that interpreters share. */
export type CommentPayload = RepositoryEventPayload & { readonly comment: z.output<typeof comment> };
/** The account of an actor or author; null where it was deleted. */
export type PayloadAccount = z.output<typeof account>;
