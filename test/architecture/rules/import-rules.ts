import { builtinModules } from "node:module";
import { cyclesOf } from "../tree/cycles-of.js";
import { type Import, importsOf } from "../tree/imports-of.js";
import type { Rule, SourceFile, SourceTree } from "../tree/source-tree.js";

/** Files that may not import something, and why. */
interface Ban {
  readonly name: string;
  /** Which files it is about. */
  readonly files: RegExp;
  /** The problem with an import, or null. */
  readonly problem: (found: Import, file: SourceFile, tree: SourceTree) => string | null;
}

const packageFolder = (path: string): string => path.split("/").slice(0, 2).join("/");
const coreFolder = (path: string): string | null => /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1] ?? null;
const isBuiltin = (specifier: string): boolean => specifier.startsWith("node:") || builtinModules.includes(specifier);
const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** The folders of core that answer requests, and those that do the work: neither reaches the other, not even a type. */
const answering = /^(?:gateway|api)$/;
const working = /^(?:worker|commands|reconciler|retention)$/;

/** Where `node:child_process` may be used. */
const processRunners = /^packages\/(?:core\/src\/process|workspace-git\/src\/git)\//;

const bans: readonly Ban[] = [
  {
    name: "task imports nothing of ours",
    files: /^packages\/core\/src\/task\//,
    problem: ({ target }) =>
      target && coreFolder(target) !== "task" ? "task is what flows: it depends on nothing" : null,
  },
  {
    name: "ports hold types of ports and task only: no run-time import, no vendor",
    files: /^packages\/core\/src\/ports\//,
    problem: ({ target, isTypeOnly }) => {
      if (!isTypeOnly) return "a port has no run-time code: use import type";
      return target && /^(?:task|ports)$/.test(coreFolder(target) ?? "") ? null : "a port knows ports and task only";
    },
  },
  {
    name: "gateway or API and worker, commands or reconciler never import each other",
    files: /^packages\/core\/src\/(?:gateway|api|worker|commands|reconciler|retention)\//,
    problem: ({ target }, { path }) => {
      const [from, to] = [coreFolder(path) ?? "", (target && coreFolder(target)) ?? ""];
      const isCrossing = (answering.test(from) && working.test(to)) || (working.test(from) && answering.test(to));
      return isCrossing ? "they meet in the store only; move what both need to a folder of its own" : null;
    },
  },
  {
    name: "only core's entry imports the bot",
    files: /^packages\/core\/src\/(?!bot\/|index\.ts$|testing\/)/,
    problem: ({ target }) => (target && coreFolder(target) === "bot" ? "the bot is the outermost composition" : null),
  },
  {
    name: "an entry of core is for users: core itself imports the file behind it",
    files: /^packages\/core\/src\//,
    problem: ({ target }) =>
      target && /^packages\/core\/src\/(?:[a-z]+\/)?index\.ts$/.test(target)
        ? "import the file that declares it"
        : null,
  },
  {
    name: "text and Markdown are pure: they import each other, tasks and errors only",
    files: /^packages\/core\/src\/(?:text|markdown)\//,
    problem: ({ target }) =>
      target && !/^(?:text|markdown|task|errors)$/.test(coreFolder(target) ?? "") ? "a text has no surroundings" : null,
  },
  {
    name: "a package reaches another one by its name and its exports, never by a path",
    files: /^(?:packages|examples)\/[^/]+\/src\//,
    problem: ({ target }, { path }) => {
      return target && packageFolder(target) !== packageFolder(path) ? "import the package by its name" : null;
    },
  },
  {
    name: "a package of ours imports no other one but @agentbot/core",
    files: /^packages\/[^/]+\/src\//,
    problem: ({ specifier }) => {
      const isOther = packageName(specifier).startsWith("@agentbot/") && packageName(specifier) !== "@agentbot/core";
      return isOther ? "adapters and providers meet in the composition only" : null;
    },
  },
  {
    name: "what runs in production imports no contract suite and no fake",
    files: /^(?:packages|examples)\/(?!test-services\/|demo\/)[^/]+\/src\/(?!testing\/)/,
    problem: ({ specifier, target }) =>
      /^@agentbot\/(?:[^/]+\/testing|test-services)$/.test(specifier) || (target && /\/src\/testing\//.test(target))
        ? "testing is for tests"
        : null,
  },
  {
    name: "core never imports itself by its name",
    files: /^packages\/core\/src\//,
    problem: ({ specifier }) => (packageName(specifier) === "@agentbot/core" ? "use the relative path" : null),
  },
  {
    name: "an import from @agentbot is one of the package's exports",
    files: /^(?:packages|examples)\/[^/]+\/src\//,
    problem: ({ specifier }, _, tree) => {
      if (!specifier.startsWith("@agentbot/")) return null;
      const manifest = [...tree.manifests.values()].find(({ name }) => name === packageName(specifier));
      const subpath = `.${specifier.slice(packageName(specifier).length)}`;
      return manifest?.exports && Object.hasOwn(manifest.exports, subpath) ? null : `no package exports ${specifier}`;
    },
  },
  {
    name: "what a package imports is one of its dependencies or of Node",
    files: /^(?:packages|examples)\/[^/]+\/src\//,
    problem: ({ specifier, target }, { path }, tree) => {
      if (target !== null || isBuiltin(specifier)) return null;
      const { dependencies = {}, peerDependencies = {} } = tree.manifests.get(packageFolder(path)) ?? {};
      const name = packageName(specifier);
      return name in dependencies || name in peerDependencies
        ? null
        : `${packageFolder(path)}/package.json does not name ${name}`;
    },
  },
  {
    name: "Node's modules are imported as node:",
    files: /^(?:packages|examples)\/[^/]+\/src\//,
    problem: ({ specifier }) =>
      !specifier.startsWith("node:") && isBuiltin(specifier) ? `write node:${specifier}` : null,
  },
  {
    name: "child processes are started by core's process and by workspace-git's git only",
    files: /^packages\/[^/]+\/src\//,
    problem: ({ specifier }, { path }) => {
      return /^(?:node:)?child_process$/.test(specifier) && !processRunners.test(path)
        ? "use runProcess of @agentbot/core/process"
        : null;
    },
  },
];

const banRules = bans.map(
  ({ name, files, problem }): Rule => ({
    name,
    check: (tree) =>
      tree.files
        .filter(({ path }) => files.test(path))
        .flatMap((file) =>
          importsOf(file).flatMap((found) => {
            const text = problem(found, file, tree);
            return text === null ? [] : [`${found.place} imports ${found.specifier}: ${text}`];
          }),
        ),
  }),
);

/** The graph of run-time imports, each file or folder by the name that `nameOf` gives it. */
function runtimeGraph(
  tree: SourceTree,
  nameOf: (path: string) => string | null,
): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of tree.files) {
    const from = nameOf(file.path);
    for (const { target, isTypeOnly } of importsOf(file)) {
      const to = target === null ? null : nameOf(target);
      if (from === null || to === null || isTypeOnly || from === to) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
  }
  return graph;
}

const isSource = (path: string): boolean => /^(?:packages|examples)\/[^/]+\/src\//.test(path);

/** The allowed imports, one rule a line. */
export const importRules: readonly Rule[] = [
  ...banRules,
  {
    name: "no files import each other in a circle",
    check: (tree) => cyclesOf(runtimeGraph(tree, (path) => (isSource(path) ? path : null))),
  },
  {
    name: "no folders of core import each other in a circle",
    check: (tree) => cyclesOf(runtimeGraph(tree, coreFolder)),
  },
];
