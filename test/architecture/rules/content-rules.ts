import ts from "typescript";
import { commentsOf } from "../tree/comments-of.js";
import { nodesOf, placeOf, type Rule, type SourceFile } from "../tree/source-tree.js";

/** Words that say nothing about what a file holds. */
const drawerNames =
  /(?:^|[-/])(?:utils?|helpers?|misc|common|managers?|impl|services?)(?=[-/.]|$)|(?:^|\/)(?:types|base|constants|interfaces)\.ts$/;
/** The servers that tests need have this name in their field, so it names a concept. */
const allowedWords = /\btest-services\b/g;
const drawerSymbols =
  /^I[A-Z][A-Z]?[a-z]\w*[A-Z]\w*$|(?:Manager|Impl|Helpers?|Utils?|Service)$|^(?:Abstract|Base)[A-Z]/;

/** Names that only look like a drawer's. */
const allowedSymbols: ReadonlySet<string> = new Set(["InstallFlow", "InstallationStore", "InstallationChange"]);

const isSource = ({ path }: SourceFile): boolean => /^(?:packages|examples)\/[^/]+\/src\//.test(path);
const isLibrary = ({ path }: SourceFile): boolean => /^packages\/(?!cli\/|dashboard\/)[^/]+\/src\//.test(path);
const isConfiguration = ({ path }: SourceFile): boolean => path.endsWith(".config.ts");
const isAny = (_: SourceFile): boolean => true;

/** A rule that looks at each node of the files it is about. */
function nodeRule(name: string, files: (file: SourceFile) => boolean, isWrong: (node: ts.Node) => boolean): Rule {
  return {
    name,
    check: (tree) =>
      tree.files.filter(files).flatMap((file) =>
        nodesOf(file)
          .filter(isWrong)
          .map((node) => `${placeOf(file, node)}: ${name}`),
      ),
  };
}

/** A rule that looks at each comment of the files it is about. */
function commentRule(name: string, wrong: RegExp, files: (file: SourceFile) => boolean = isAny): Rule {
  return {
    name,
    check: (tree) =>
      tree.files
        .filter(files)
        .flatMap((file) =>
          commentsOf(file).flatMap(({ text, place }) => (wrong.test(text) ? [`${place}: ${name}`] : [])),
        ),
  };
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}

function isSkippedTest(node: ts.Node): boolean {
  const isModifier = ts.isPropertyAccessExpression(node) && /^(?:only|skip|todo|fails)$/.test(node.name.text);
  return isModifier && /^(?:test|it|describe|suite)\b/.test(node.expression.getText());
}

function isDeclarationOf(node: ts.Node, wrong: (name: string) => boolean): boolean {
  const isDeclaration =
    ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node);
  return isDeclaration && node.name !== undefined && wrong(node.name.text);
}

/** The contents that no file has. */
export const contentRules: readonly Rule[] = [
  {
    name: "a file is named after its concept, in kebab case, and is no drawer",
    check: ({ files }) =>
      files
        .filter(({ path }) => drawerNames.test(path.replace(allowedWords, "")) || !/^[a-z0-9/.-]+$/.test(path))
        .map(({ path }) => `${path}: name the concept it holds`),
  },
  nodeRule("a type is named after its concept: no I…, Base…, …Manager, …Service, …Impl", isAny, (node) =>
    isDeclarationOf(node, (name) => drawerSymbols.test(name) && !allowedSymbols.has(name)),
  ),
  nodeRule("there is no any", isAny, ({ kind }) => kind === ts.SyntaxKind.AnyKeyword),
  nodeRule("there is no non-null assertion", isAny, ts.isNonNullExpression),
  nodeRule("there is no console in a library", isLibrary, (node) => ts.isIdentifier(node) && node.text === "console"),
  nodeRule("there is no default export", (file) => !isConfiguration(file), isDefaultExport),
  nodeRule("there is no test that is skipped or alone", isAny, isSkippedTest),
  commentRule("there is no note of work left to do", /\b(?:TODO|FIXME|XXX|HACK)\b/),
  commentRule(
    "there is no comment that silences a check",
    /@ts-(?:ignore|nocheck)|biome-ignore|eslint-disable|c8 ignore|istanbul ignore/,
  ),
  commentRule("an error is expected of the type check in tests only", /@ts-expect-error/, isSource),
];
