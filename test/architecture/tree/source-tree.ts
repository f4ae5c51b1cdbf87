import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** A TypeScript file, by its path from the root of the repository, and TypeScript's own reading of it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly syntax: ts.SourceFile;
}

/** The part of a `package.json` that the guards look at. */
export interface Manifest {
  readonly [field: string]: unknown;
  readonly name?: string;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Everything the guards judge. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
  /** By the package's folder, such as `packages/core`. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly paths: ReadonlySet<string>;
}

/** One rule of the shape: what is wrong in the tree, each with its place. */
export interface Rule {
  readonly name: string;
  check(tree: SourceTree): readonly string[];
}

/** Makes a tree of texts by path, so that a rule can be shown a violation. */
export function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  const entries = Object.entries(texts);
  const files = entries
    .filter(([path]) => path.endsWith(".ts"))
    .map(([path, text]) => ({ path, text, syntax: parse(path, text) }));
  const manifests = entries
    .filter(([path]) => path.endsWith("/package.json"))
    .map(([path, text]) => [path.replace(/\/package\.json$/, ""), JSON.parse(text)] as const);
  return { files, manifests: new Map(manifests), paths: new Set(entries.map(([path]) => path)) };
}

/** Reads the repository this test lies in: all of `packages`, `examples`, `test` and `bench`, without what was built or installed. */
export function readRepository(): SourceTree {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const texts: Record<string, string> = {};
  const read = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !/^(?:node_modules|dist|\..*)$/.test(entry.name)) read(path);
      else if (entry.isFile() && /(?:\.ts|package\.json)$/.test(entry.name))
        texts[path] = readFileSync(join(root, path), "utf8");
    }
  };
  for (const folder of ["packages", "examples", "test", "bench"]) read(folder);
  return treeOf(texts);
}

/** The number of lines of a file. */
export function linesOf({ text }: SourceFile): number {
  return text.trimEnd().split("\n").length;
}

/** The place of a node, for people: `path:line`. */
export function placeOf({ path, syntax }: SourceFile, node: ts.Node): string {
  return `${path}:${syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1}`;
}

const nodesByFile = new WeakMap<ts.SourceFile, readonly ts.Node[]>();

/** Every node of a file, in the order of the text. */
export function nodesOf({ syntax }: SourceFile): readonly ts.Node[] {
  const known = nodesByFile.get(syntax);
  if (known) return known;
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(syntax);
  nodesByFile.set(syntax, nodes);
  return nodes;
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}
