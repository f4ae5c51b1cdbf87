import type { IncomingMessage, ServerResponse } from "node:http";
import type { FakeGitHubFault } from "./fake-github-faults.js";

/** A role as GitHub's permission API names it; an object for a custom role with its base permission. */
export type FakeGitHubRole =
  | "admin"
  | "maintain"
  | "write"
  | "triage"
  | "read"
  | "none"
  | { readonly roleName: string; readonly permission: "admin" | "write" | "read" | "none" };

/** An account. */
export interface FakeGitHubUser {
  /** The account's id. */
  readonly id: number;
  /** The account's name. */
  readonly login: string;
  /** @defaultValue "User" */
  readonly type?: "User" | "Bot";
}

/** An issue that exists from the start; a pull request is added with `branches`. */
export interface FakeGitHubIssue {
  /** Its number in the repository. */
  readonly number: number;
  /** Its title. */
  readonly title: string;
  /** @defaultValue "" */
  readonly body?: string;
  /** Locked conversations refuse comments. @defaultValue false */
  readonly isLocked?: boolean;
}

/** A repository of the fake. */
export interface FakeGitHubRepository {
  /** The repository's id. */
  readonly id: number;
  /** The login of its owner. */
  readonly owner: string;
  /** Its name, without the owner. */
  readonly name: string;
  /** @defaultValue "main" */
  readonly defaultBranch?: string;
  /** Roles by login; every other account has `none`. */
  readonly collaborators?: Readonly<Record<string, FakeGitHubRole>>;
  /** @defaultValue none */
  readonly issues?: readonly FakeGitHubIssue[];
  /** Files of the default branch by path. @defaultValue none */
  readonly files?: Readonly<Record<string, string>>;
  /** Returns a file of the default branch that `files` does not have, or null. */
  readonly readFile?: (path: string) => Promise<string | null>;
  /** Returns the commit of a branch, or null; called when a pull request is opened. @defaultValue every branch exists */
  readonly findBranch?: (branch: string) => Promise<string | null>;
}

/** The App and where it is installed. */
export interface FakeGitHubApp {
  /** The App's id. */
  readonly id: number;
  /** The App's name in addresses; its bot is `<slug>[bot]`. */
  readonly slug: string;
  /** PEM; made at the start when absent. */
  readonly privateKey?: string;
  /** The id of the App's bot account. @defaultValue 41898282 */
  readonly botUserId?: number;
  /** Events it is subscribed to. @defaultValue all that request work */
  readonly events?: readonly string[];
  /** Permissions of its settings. @defaultValue those that agentbot needs */
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
  /** The organization it belongs to. @defaultValue none: it belongs to a person */
  readonly organization?: string;
}

/** An installation of the App. */
export interface FakeGitHubInstallation {
  /** The installation's id. */
  readonly id: number;
  /** Ids of the repositories it covers. @defaultValue all */
  readonly repositoryIds?: readonly number[];
  /** Permissions that its owner has granted, in GitHub's names. @defaultValue all that agentbot needs */
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
  /** @defaultValue false */
  readonly isSuspended?: boolean;
}

/** Answers requests for `/{owner}/{name}.git/…`, whose token was checked before. */
export type FakeGitHubGitHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Options of {@link startFakeGitHub}. */
export interface FakeGitHubOptions {
  /** The App whose key signs. */
  readonly app: FakeGitHubApp;
  /** The repositories that exist. */
  readonly repositories: readonly FakeGitHubRepository[];
  /** @defaultValue none */
  readonly users?: readonly FakeGitHubUser[];
  /** @defaultValue one with id 1, over all repositories */
  readonly installations?: readonly FakeGitHubInstallation[];
  /** @defaultValue none: git requests are answered 404 */
  readonly gitHandler?: FakeGitHubGitHandler;
  /** Returns the fault of a request that matches no `fail`, e.g. by chance, or null. @defaultValue none */
  readonly faultFor?: (method: string, path: string) => FakeGitHubFault | null;
  /**
   * How long lists lack a new comment or pull request, in milliseconds: GitHub is eventually consistent. Changes of an
   * existing one are visible at once. @defaultValue 0
   */
  readonly listedAfterMs?: number;
  /** @defaultValue 0: a free port */
  readonly port?: number;
}
