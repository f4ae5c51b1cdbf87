import ts from "typescript";
import { type Export, exportsOf } from "../tree/exports-of.js";
import { type Manifest, nodesOf, placeOf, type Rule, type SourceTree } from "../tree/source-tree.js";

/** What an adapter can be: the last words of its factory's name. */
const portNames = [
  "Store",
  "Queue",
  "PubSub",
  "RateLimiter",
  "Runner",
  "Sandbox",
  "WorkspaceFactory",
  "Indexer",
  "KeyRing",
];

/** The roles of a provider: the port's type, and the file or folder of that role in every provider. */
const providerRoles = [
  { type: "WebhookSource", place: "source" },
  { type: "Conversation", place: "conversation" },
  { type: "CodeHost", place: "code-host" },
  { type: "InstallFlow", place: "install-flow" },
];

const foldersOf = (tree: SourceTree, pattern: RegExp): readonly string[] =>
  [...tree.manifests.keys()].filter((folder) => pattern.test(folder));
const packages = /^packages\/(?!cli$|dashboard$)[^/]+$/;

/** `packages/adapter-claude-cli` is by `claude`; letter case is the vendor's own affair. */
const vendorOf = (folder: string): string =>
  folder
    .replace(/^packages\/[a-z]+-/, "")
    .replace(/-cli$/, "")
    .replaceAll("-", "");
const startsWithVendor = (name: string, folder: string): boolean =>
  name.toLowerCase().startsWith(`create${vendorOf(folder)}`);

function factoriesOf(tree: SourceTree, folder: string): readonly Export[] {
  return exportsOf(tree, `${folder}/src/index.ts`).filter(
    ({ kind, name }) => kind === "value" && /^create[A-Z]/.test(name),
  );
}

/** A rule that looks at the manifest of each package. */
function manifestRule(
  name: string,
  folders: RegExp,
  problems: (manifest: Manifest, folder: string, tree: SourceTree) => readonly (string | false)[],
): Rule {
  return {
    name,
    check: (tree) =>
      foldersOf(tree, folders).flatMap((folder) =>
        problems(tree.manifests.get(folder) ?? {}, folder, tree).flatMap((problem) =>
          problem ? [`${folder}/package.json: ${problem}`] : [],
        ),
      ),
  };
}

function exportProblems({ exports = {} }: Manifest, folder: string, tree: SourceTree): readonly string[] {
  return Object.entries(exports).flatMap(([subpath, conditions]) => {
    const output = `./dist/${subpath === "." ? "" : `${subpath.slice(2)}/`}index`;
    const wanted = {
      "agentbot-source": output.replace("./dist", "./src").concat(".ts"),
      types: `${output}.d.ts`,
      default: `${output}.js`,
    };
    const isAsWanted = JSON.stringify(conditions) === JSON.stringify(wanted);
    const isThere = tree.paths.has(`${folder}/${wanted["agentbot-source"].slice(2)}`);
    return [
      ...(isAsWanted ? [] : [`exports ${subpath} must be ${JSON.stringify(wanted)}, in this order`]),
      ...(isThere ? [] : [`exports ${subpath}, whose source is not there`]),
    ];
  });
}

function buildProblems(folder: string, tree: SourceTree): readonly string[] {
  const config = tree.files.find(({ path }) => path === `${folder}/tsup.config.ts`);
  const sources = Object.values(tree.manifests.get(folder)?.exports ?? {}).map(
    (conditions) => conditions["agentbot-source"]?.slice(2) ?? "",
  );
  return sources
    .filter((source) => config && !config.text.includes(`"${source}"`))
    .map((source) => `${folder}/tsup.config.ts does not build ${source}`);
}

/** The same name for the same role, and the same layout for every package. */
export const formRules: readonly Rule[] = [
  {
    name: "every package has src/index.ts and tsup.config.ts, and builds what it exports",
    check: (tree) =>
      foldersOf(tree, packages).flatMap((folder) => [
        ...["src/index.ts", "tsup.config.ts"]
          .filter((file) => !tree.paths.has(`${folder}/${file}`))
          .map((file) => `${folder}/${file} is missing`),
        ...buildProblems(folder, tree),
      ]),
  },
  manifestRule("every package is described the same way", packages, (manifest, folder) => [
    manifest.name !== `@agentbot/${folder.replace("packages/", "")}` && "its name is not that of its folder",
    manifest["type"] !== "module" && 'type must be "module"',
    manifest["license"] !== "MIT" && 'license must be "MIT"',
    manifest["sideEffects"] !== false && "sideEffects must be false",
    JSON.stringify(manifest["engines"]) !== '{"node":">=20.19"}' && "engines must be node >=20.19",
    JSON.stringify(manifest["files"]) !== '["dist","src"]' && "files must be dist and src",
    typeof manifest["description"] !== "string" && "it has no description",
  ]),
  manifestRule("every export has its source, its types and its code, in this order", packages, exportProblems),
  manifestRule(
    "core is a peer of every other package, and no package of ours a dependency",
    /^packages\/(?!core$|cli$|dashboard$)[^/]+$/,
    (manifest) => [
      !Object.hasOwn(manifest.peerDependencies ?? {}, "@agentbot/core") && "peerDependencies must name @agentbot/core",
      Object.keys(manifest.dependencies ?? {}).some((name) => name.startsWith("@agentbot/")) &&
        "dependencies must name nothing of ours",
    ],
  ),
  {
    name: "an adapter exports create<Vendor><Port>, and factories of no other name",
    check: (tree) =>
      foldersOf(tree, /^packages\/adapter-/).flatMap((folder) => {
        const factories = factoriesOf(tree, folder);
        const strange = factories.filter(
          ({ name }) => !startsWithVendor(name, folder) || !portNames.some((port) => name.endsWith(port)),
        );
        return [
          ...(factories.length === 0 ? [`${folder}/src/index.ts exports no create<Vendor><Port>`] : []),
          ...strange.map(({ name }) => `${folder} exports ${name}: name it create<Vendor><Port>`),
        ];
      }),
  },
  {
    name: "a provider exports create<Vendor>Provider",
    check: (tree) =>
      foldersOf(tree, /^packages\/provider-/)
        .filter(
          (folder) =>
            !factoriesOf(tree, folder).some(({ name }) => startsWithVendor(name, folder) && name.endsWith("Provider")),
        )
        .map((folder) => `${folder}/src/index.ts exports no create<Vendor>Provider`),
  },
  {
    name: "the roles of a provider are made where every provider makes them",
    check: (tree) =>
      tree.files.flatMap((file) => {
        const [, inside] = /^packages\/provider-[^/]+\/src\/(.+)$/.exec(file.path) ?? [];
        if (inside === undefined) return [];
        return nodesOf(file).flatMap((node) => {
          if (!ts.isFunctionDeclaration(node) || !node.type || !ts.isTypeReferenceNode(node.type)) return [];
          const type = node.type.typeName.getText(file.syntax);
          const role = providerRoles.find((one) => one.type === type);
          const isThere =
            !role ||
            inside === `${role.place}.ts` ||
            inside.startsWith(`${role.place}/`) ||
            inside.startsWith("testing/");
          return isThere
            ? []
            : [`${placeOf(file, node)} makes a ${type}: that belongs into src/${role.place}.ts or src/${role.place}/`];
        });
      }),
  },
  {
    name: "everything a package exports says what it is for",
    check: (tree) =>
      foldersOf(tree, packages).flatMap((folder) =>
        Object.values(tree.manifests.get(folder)?.exports ?? {}).flatMap((conditions) =>
          exportsOf(tree, `${folder}/${conditions["agentbot-source"]?.slice(2) ?? ""}`)
            .filter(({ declaration }) => ts.getJSDocCommentsAndTags(declaration).length === 0)
            .map(({ name, file, declaration }) => `${placeOf(file, declaration)} exports ${name} without TSDoc`),
        ),
      ),
  },
];
