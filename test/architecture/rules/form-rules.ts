import ts from "typescript";
import { type Export, exportsOf } from "../tree/exports-of.js";
import { type Manifest, nodesOf, placeOf, type Rule, type SourceFile, type SourceTree } from "../tree/source-tree.js";

/** Values, not types, that an application may need of core: everything else has a subpath of its own. */
const maxCoreValues = 25;

/** The ports that an adapter can implement: the last words of its factory's name. */
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

/** The roles of a provider: the port, how its factory's name ends, and the file or folder of that role in every provider. */
const providerRoles = [
  { type: "WebhookSource", suffix: "Source", place: "source" },
  { type: "Conversation", suffix: "Conversation", place: "conversation" },
  { type: "CodeHost", suffix: "CodeHost", place: "code-host" },
  { type: "InstallFlow", suffix: "InstallFlow", place: "install-flow" },
] as const;

/** A function that makes one of a provider's roles. */
interface RoleFactory {
  readonly role: (typeof providerRoles)[number];
  readonly name: string;
  /** Its path inside the provider's `src`. */
  readonly inside: string;
  readonly place: string;
}

function roleFactoriesOf(tree: SourceTree, folder: string): readonly RoleFactory[] {
  const source = `${folder}/src/`;
  return tree.files
    .filter(({ path }) => path.startsWith(source) && !path.startsWith(`${source}testing/`))
    .flatMap((file) =>
      nodesOf(file).flatMap((node) => {
        if (!ts.isFunctionDeclaration(node) || !node.type || !ts.isTypeReferenceNode(node.type)) return [];
        const type = node.type.typeName.getText(file.syntax);
        const role = providerRoles.find((one) => one.type === type);
        const inside = file.path.slice(source.length);
        return role ? [{ role, name: node.name?.text ?? "", inside, place: placeOf(file, node) }] : [];
      }),
    );
}

const isAt = (inside: string, place: string): boolean => inside === `${place}.ts` || inside.startsWith(`${place}/`);

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

/** The files that packages export. */
function entriesOf(tree: SourceTree): readonly SourceFile[] {
  const paths = foldersOf(tree, packages).flatMap((folder) =>
    Object.values(tree.manifests.get(folder)?.exports ?? {}).map(
      (conditions) => `${folder}/${conditions["agentbot-source"]?.slice(2) ?? ""}`,
    ),
  );
  return tree.files.filter(({ path }) => paths.includes(path));
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
    name: "a role of a provider is made by create<Vendor><Role>, in the file or folder of that role",
    check: (tree) =>
      foldersOf(tree, /^packages\/provider-/).flatMap((folder) =>
        roleFactoriesOf(tree, folder).flatMap(({ role, name, inside, place }) => [
          ...(isAt(inside, role.place) ? [] : [`${place} makes a ${role.type}: move it to src/${role.place}`]),
          ...(startsWithVendor(name, folder) && name.endsWith(role.suffix)
            ? []
            : [`${place} makes a ${role.type}: name it create<Vendor>${role.suffix}`]),
        ]),
      ),
  },
  {
    name: "a role that a provider lacks has no file",
    check: (tree) =>
      foldersOf(tree, /^packages\/provider-/).flatMap((folder) => {
        const made = new Set(roleFactoriesOf(tree, folder).map(({ role }) => role.place));
        return providerRoles
          .filter(({ place }) => !made.has(place))
          .flatMap(({ type, place }) =>
            [...tree.paths]
              .filter((path) => path.startsWith(`${folder}/src/`) && isAt(path.slice(`${folder}/src/`.length), place))
              .map((path) => `${path} belongs to a ${type}, which ${folder} does not make`),
          );
      }),
  },
  {
    name: "an entry holds re-exports only",
    check: (tree) =>
      entriesOf(tree).flatMap((entry) =>
        entry.syntax.statements
          .filter((statement) => !ts.isExportDeclaration(statement) || !statement.moduleSpecifier)
          .map((statement) => `${placeOf(entry, statement)} is code: move it to a file that is named after it`),
      ),
  },
  {
    name: `core's own entry exports at most ${maxCoreValues} values`,
    check: (tree) => {
      const values = exportsOf(tree, "packages/core/src/index.ts").filter(({ kind }) => kind === "value");
      const names = [...new Set(values.map(({ name }) => name))].sort();
      return names.length > maxCoreValues
        ? [`packages/core/src/index.ts: ${names.length} values: ${names.join(", ")}`]
        : [];
    },
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
