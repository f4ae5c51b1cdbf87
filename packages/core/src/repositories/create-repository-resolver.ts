import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import type { RepositoryRequest, RepositoryResolution, RepositoryResolver } from "../ports/repository-resolver.js";
import { explainEnd } from "../reasons/explain.js";
import type { Origin } from "../task/origin.js";
import { type RepositoryRef, repositoryRefSchema } from "../task/repository-ref.js";
import type { ShapeOf } from "../task/shape-of.js";

/** Where requests come from: the provider's name and its own id of the installation, workspace or site. */
export interface OriginTenant {
  /** The provider's name. */
  readonly provider: string;
  /** The provider's own id of the installation, workspace or site. */
  readonly tenant: string;
}

/** A repository that people of other providers may choose. */
export interface ConfiguredRepository extends RepositoryRef {
  /** The only places from which it can be chosen: a name in a stranger's text never selects another tenant's credential. */
  readonly origins: readonly OriginTenant[];
}

/** The repository of a place, chosen without a question. */
export interface RepositoryRoute extends OriginTenant {
  /** The begin of the conversation's address, e.g. a channel's or project's; empty for the whole tenant. The longest route wins. */
  readonly conversation: string;
  /** The path of a configured repository that can be chosen from there. */
  readonly path: string;
}

/** Options of {@link createRepositoryResolver}. */
export interface RepositoryResolverOptions {
  /** @defaultValue none: only events that name a repository of their own tenant are resolved */
  readonly repositories?: readonly ConfiguredRepository[];
  /** @defaultValue none */
  readonly routes?: readonly RepositoryRoute[];
}

const originSchema = z.strictObject({
  provider: z.string().min(1),
  tenant: z.string().min(1),
} satisfies ShapeOf<OriginTenant>);
const optionsSchema = z.strictObject({
  repositories: z
    .array(
      z.strictObject({
        ...repositoryRefSchema.shape,
        origins: z.array(originSchema).min(1),
      } satisfies ShapeOf<ConfiguredRepository>),
    )
    .default([]),
  routes: z
    .array(
      z.strictObject({
        ...originSchema.shape,
        conversation: z.string(),
        path: z.string().min(1),
      } satisfies ShapeOf<RepositoryRoute>),
    )
    .default([]),
} satisfies ShapeOf<RepositoryResolverOptions>);

/** Reads a name at the begin of a text: `acme/site …`, `in acme/site: …`. */
const prefixPattern = /^\s*(?:in\s+)?[`'"*<]*/i;

/** A character that continues a name: `acme/site` is not the begin of `acme/site-old`, nor of `acme/sité`. */
const continuationPattern = /^(?:[\p{L}\p{M}\p{N}_/-]|\.[\p{L}\p{N}_])/u;
/** Letters of languages without spaces between words; a path of other letters ends where they begin. */
const unspacedPattern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const asciiPattern = /^[\x21-\x7e]*$/;

/** A path of any code host, with the provider before it or not. */
const pathPattern = /^(?:[\w-]+:)?~?[\p{L}\p{M}\p{N}_.-]+(?:\/[\p{L}\p{M}\p{N}_.-]+)+$/u;

/** Maximum number of repositories that a question lists. */
const maxListed = 20;

/**
 * The default {@link RepositoryResolver}. In order: the repository that the event named, if it is the origin tenant's own or
 * configured for it; a configured one whose path begins the instruction; a route; the one remembered for the thread, if it is
 * still configured; else a question.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 *
 * @example
 * const resolver = createRepositoryResolver({
 *   repositories: [{ provider: "forge", tenant: "4711", id: "1296269", path: "acme/site", defaultBranch: "main",
 *     origins: [{ provider: "chat", tenant: "acme" }] }],
 *   routes: [{ provider: "chat", tenant: "acme", conversation: "general", path: "acme/site" }],
 * });
 */
export function createRepositoryResolver(options: RepositoryResolverOptions = {}): RepositoryResolver {
  const { repositories, routes } = parseOptions("createRepositoryResolver", optionsSchema, options);
  const choicesAt = (place: OriginTenant): readonly RepositoryRef[] =>
    repositories
      .filter(({ origins }) => origins.some((origin) => isSamePlace(origin, place)))
      .map(({ origins: _origins, ...repository }) => repository);

  for (const route of routes) {
    if (findByPath(choicesAt(route), route.path)) continue;
    const place = `${route.provider} ${route.tenant}`;
    const problem = `the route to ${route.path} needs exactly one repository with this path and the origin ${place}`;
    throw new AgentBotError("CONFIGURATION_INVALID", `createRepositoryResolver: ${problem}`);
  }

  const routeOf = (origin: Origin): RepositoryRef | null => {
    const [longest] = routes
      .filter((route) => isSamePlace(route, origin) && isWithin(route.conversation, origin.conversation))
      .sort((one, other) => other.conversation.length - one.conversation.length);
    return longest ? findByPath(choicesAt(origin), longest.path) : null;
  };

  const resolve = ({ task, remembered }: RepositoryRequest): RepositoryResolution => {
    const choices = choicesAt(task.origin);
    const named = task.repository;
    // The signature proved the origin's tenant: an event that names another one's repository must not select its credential.
    if (named && (isSamePlace(named, task.origin) || choices.some((choice) => isSameRepository(choice, named)))) {
      return { status: "resolved", repository: named };
    }
    const repository =
      choices.find((choice) => isNamedIn(task.instruction, choice, choices)) ??
      routeOf(task.origin) ??
      choices.find((choice) => remembered !== null && isSameRepository(choice, remembered));
    if (repository) return { status: "resolved", repository };
    if (choices.length > 0) return { status: "question", question: questionFor(choices), choices };
    const reason = "repository_not_configured";
    return { status: "refused", reason, explanation: explainEnd(reason) };
  };
  return { resolve: async (request) => resolve(request) };
}

function questionFor(choices: readonly RepositoryRef[]): string {
  const names = choices.slice(0, maxListed).map((choice) => nameAmong(choices, choice));
  const more = choices.length > maxListed ? ", …" : "";
  return `In which repository? Answer with one of these: ${names.join(", ")}${more}`;
}

/** Returns true if the text begins with the repository's name, with the provider before it or, where that is unique, without. */
function isNamedIn(text: string, choice: RepositoryRef, choices: readonly RepositoryRef[]): boolean {
  const [, qualified] = repositoryNames(choice);
  return [nameAmong(choices, choice), qualified].some((name) => startsWithRepositoryPath(text, name));
}

/** The path; with the provider before it where two providers have the same one. */
function nameAmong(choices: readonly RepositoryRef[], repository: RepositoryRef): string {
  const [path, qualified] = repositoryNames(repository);
  const isUnique = choices.filter((choice) => choice.path.toLowerCase() === path.toLowerCase()).length === 1;
  return isUnique ? path : qualified;
}

function findByPath(choices: readonly RepositoryRef[], path: string): RepositoryRef | null {
  const found = choices.filter((choice) => nameAmong(choices, choice).toLowerCase() === path.toLowerCase());
  return found.length === 1 ? (found[0] ?? null) : null;
}

function isSamePlace(one: OriginTenant, other: OriginTenant): boolean {
  return one.provider === other.provider && one.tenant === other.tenant;
}

/** Returns true if the address begins with the prefix and the prefix ends where a part of the address ends. */
function isWithin(prefix: string, address: string): boolean {
  return prefix === "" || (address.startsWith(prefix) && !/^[\p{L}\p{N}]/u.test(address.slice(prefix.length)));
}

function isSameRepository(one: RepositoryRef, other: RepositoryRef): boolean {
  return one.provider === other.provider && one.tenant === other.tenant && one.id === other.id;
}

/** Names of a repository by which it can be chosen, the one that people are shown first. */
export function repositoryNames({
  provider,
  path,
}: Pick<RepositoryRef, "provider" | "path">): readonly [string, string] {
  return [path, `${provider}:${path}`];
}

/**
 * Returns true if the text begins with the path, in any case, as a whole name: `acme/site fix it` and `in acme/site: fix it`
 * begin with `acme/site`, `acme/site-old` does not.
 */
function startsWithRepositoryPath(text: string, path: string): boolean {
  return restAfterPath(text, path) !== null;
}

/** Returns true if the text is only this path, or only some path if none is given, with nothing but punctuation around it. */
export function isOnlyRepositoryPath(text: string, path?: string): boolean {
  const [word = ""] = text
    .slice(0, 400)
    .replace(prefixPattern, "")
    .split(/[\s`'"*>,]|:(?![\p{L}\p{N}_])/u, 1);
  const anyPath = word.replace(/[.!?]+$/, "");
  if (path === undefined && (!pathPattern.test(anyPath) || unspacedPattern.test(anyPath))) return false;
  const rest = restAfterPath(text, path ?? anyPath);
  return rest !== null && !/[\p{L}\p{N}]/u.test(rest);
}

function restAfterPath(text: string, path: string): string | null {
  const name = text.replace(prefixPattern, "");
  if (name.slice(0, path.length).toLowerCase() !== path.toLowerCase()) return null;
  const rest = name.slice(path.length);
  const [next = ""] = rest;
  const isEnd = !continuationPattern.test(rest) || (asciiPattern.test(path) && unspacedPattern.test(next));
  return isEnd ? rest : null;
}
