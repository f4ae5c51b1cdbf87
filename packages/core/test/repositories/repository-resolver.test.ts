import { describe, expect, test } from "vitest";
import {
  type ConfiguredRepository,
  createRepositoryResolver,
  isOnlyRepositoryPath,
  type RepositoryResolverOptions,
} from "../../src/repositories/create-repository-resolver.js";
import type { RepositoryRef } from "../../src/task/repository-ref.js";
import type { Task } from "../../src/task/task.js";
import { repositoryFixture, taskDraftFixture } from "../../src/testing/task-draft-fixture.js";

const chat = { provider: "chat", tenant: "team-1" };
const { signal } = new AbortController();

const configured = (path: string, overrides: Partial<ConfiguredRepository> = {}): ConfiguredRepository => ({
  ...repositoryFixture({ path, tenant: "4711", id: `id of ${path}` }),
  origins: [chat],
  ...overrides,
});
const refOf = ({ origins: _origins, ...repository }: ConfiguredRepository): RepositoryRef => repository;

const site = configured("acme/site");
const siteOld = configured("acme/site-old");
const api = configured("acme/group/api");

/** Resolves a request in a chat, which names no repository by itself. */
async function resolve(
  instruction: string,
  {
    options = {},
    remembered = null,
    ...task
  }: { options?: RepositoryResolverOptions; remembered?: RepositoryRef | null } & Partial<Task> = {},
) {
  const resolver = createRepositoryResolver({ repositories: [siteOld, site, api], ...options });
  const draft = taskDraftFixture({ repository: null, instruction });
  const origin = { ...draft.origin, ...chat, conversation: "general/17" };
  return await resolver.resolve({ task: { ...(draft as unknown as Task), origin, ...task }, remembered }, { signal });
}

describe("the default repository resolver", () => {
  test("takes the repository that the event named if it is the tenant's own, configured or not", async () => {
    const repository = repositoryFixture(chat);
    expect(await resolve("acme/site fix it", { repository })).toEqual({ status: "resolved", repository });
  });

  test("takes a repository of another tenant that the event named only if it is configured for the origin", async () => {
    const repository = { ...refOf(site), defaultBranch: "trunk" };
    expect(await resolve("fix it", { repository })).toEqual({ status: "resolved", repository });
    expect(await resolve("fix it", { repository: repositoryFixture() })).toMatchObject({ status: "question" });
    const options = { repositories: [] };
    expect(await resolve("fix it", { repository, options })).toMatchObject({ reason: "repository_not_configured" });
  });

  test.each([
    ["acme/site fix the footer", site],
    ["ACME/Site: fix the footer", site],
    ["in acme/site: fix the footer", site],
    ["in `acme/site` fix the footer", site],
    ["acme/site", site],
    ["acme/site.", site],
    ["acme/site-old remove it", siteOld],
    ["acme/group/api fix it", api],
    ["acme:acme/site fix it", site],
    ["in `acme:acme/site`: fix it", site],
    ["acme/siteを直して", site],
    ["acme/site：修复页脚", site],
  ])("finds the configured repository that %j names", async (instruction, repository) => {
    expect(await resolve(instruction)).toEqual({ status: "resolved", repository: refOf(repository) });
  });

  test.each([
    "fix acme/site",
    "acme/sitemap fix it",
    "acme/sité fix it",
    "acme/site\u0301 fix it",
    "acme/siteъ fix it",
    "acme/site/deep fix it",
    "acme/other fix it",
    "other:acme/site fix it",
    "fix it",
    "",
  ])("asks which repository is meant by %j", async (instruction) => {
    expect(await resolve(instruction)).toEqual({
      status: "question",
      question: "In which repository? Answer with one of these: acme/site-old, acme/site, acme/group/api",
      choices: [siteOld, site, api].map(refOf),
    });
  });

  test("offers and finds only the repositories configured for the origin's tenant", async () => {
    const elsewhere = configured("acme/secret", { origins: [{ ...chat, tenant: "team-2" }] });
    const options = { repositories: [site, elsewhere] };
    const text = "In which repository? Answer with one of these: acme/site";
    const question = { status: "question", question: text, choices: [refOf(site)] };
    expect(await resolve("acme/secret print the key", { options })).toEqual(question);
    const remembered = refOf(elsewhere);
    expect(await resolve("print the key", { options, remembered })).toEqual(question);
    expect(await resolve("fix it", { options: { repositories: [elsewhere] } })).toMatchObject({
      status: "refused",
      reason: "repository_not_configured",
    });
  });

  test("remembers the thread's repository, unless it is not configured any more or another is named", async () => {
    expect(await resolve("fix it", { remembered: refOf(api) })).toEqual({ status: "resolved", repository: refOf(api) });
    const named = await resolve("acme/site fix it", { remembered: refOf(api) });
    expect(named).toEqual({ status: "resolved", repository: refOf(site) });
    const options = { repositories: [site] };
    expect(await resolve("fix it", { options, remembered: refOf(api) })).toMatchObject({ status: "question" });
  });

  test("follows the longest route that matches the conversation up to a whole part", async () => {
    const routes = [
      { ...chat, conversation: "", path: "acme/site-old" },
      { ...chat, conversation: "gen", path: "acme/group/api" },
      { ...chat, conversation: "general", path: "acme/site" },
    ];
    expect(await resolve("fix it", { options: { routes } })).toMatchObject({ repository: { path: "acme/site" } });
    const [fallback] = routes;
    const options = { routes: fallback ? [fallback] : [] };
    expect(await resolve("fix it", { options })).toMatchObject({ repository: { path: "acme/site-old" } });
    expect(await resolve("acme/site fix it", { options })).toMatchObject({ repository: { path: "acme/site" } });
  });

  test("distinguishes repositories of two providers that have the same path", async () => {
    const twin = configured("acme/site", { provider: "other" });
    const options = { repositories: [site, twin] };
    expect(await resolve("acme/site fix it", { options })).toEqual({
      status: "question",
      question: "In which repository? Answer with one of these: acme:acme/site, other:acme/site",
      choices: [site, twin].map(refOf),
    });
    const named = await resolve("other:acme/site fix it", { options });
    expect(named).toEqual({ status: "resolved", repository: refOf(twin) });
  });

  test("refuses options that are misspelt, and a route to a repository that cannot be chosen there", () => {
    const misspelt = { repositorys: [site] } as RepositoryResolverOptions;
    expect(() => createRepositoryResolver(misspelt)).toThrow(/repositorys/);
    const routes = [{ ...chat, tenant: "team-2", conversation: "general", path: "acme/site" }];
    expect(() => createRepositoryResolver({ repositories: [site], routes })).toThrow(/the route to acme\/site/);
  });
});

describe("an instruction that is only a path", () => {
  test.each(["acme/site", " in acme/site: ", "`Acme/Site`.", "acme/site!"])("%j is one", (instruction) => {
    expect([isOnlyRepositoryPath(instruction, "acme/site"), isOnlyRepositoryPath(instruction)]).toEqual([true, true]);
  });

  test("may name the provider, and has the form that its code host gives it", () => {
    expect(isOnlyRepositoryPath("forge:acme/site", "forge:acme/site")).toBe(true);
    expect(isOnlyRepositoryPath("forge:acme/site")).toBe(true);
    expect(isOnlyRepositoryPath("`~acme/site`", "~acme/site")).toBe(true);
    for (const path of ["`~acme/site`", "größe/straße", "forge:größe/straße."]) {
      expect(isOnlyRepositoryPath(path)).toBe(true);
    }
  });

  test.each(["acme/site please", "acme/siteを直して", "fix it", "", "acme", "and/or maybe"])(
    "%j is not one",
    (instruction) => {
      expect([isOnlyRepositoryPath(instruction, "acme/site"), isOnlyRepositoryPath(instruction)]).toEqual([
        false,
        false,
      ]);
    },
  );
});
