import { posix } from "node:path";
import ts from "typescript";
import { nodesOf, placeOf, type SourceFile } from "./source-tree.js";

/** One way in which a file reaches another one or a package. */
export interface Import {
  readonly specifier: string;
  /** The file it means, from the root of the repository, or null when it is a package's. */
  readonly target: string | null;
  /** True when nothing of it is left at run time. */
  readonly isTypeOnly: boolean;
  readonly place: string;
}

/** Every import of a file: `import`, `export … from`, `import()`, `require()` and `import("…").Type`. */
export function importsOf(file: SourceFile): readonly Import[] {
  return nodesOf(file).flatMap((node) => {
    const found = specifierOf(node);
    if (!found) return [];
    const [specifier, isTypeOnly] = found;
    const isRelative = specifier.startsWith(".");
    const target = isRelative ? posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, ".ts") : null;
    return [{ specifier, target, isTypeOnly, place: placeOf(file, node) }];
  });
}

function specifierOf(node: ts.Node): readonly [string, boolean] | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    const { moduleSpecifier } = node;
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text, isTypeOnly(node)] : null;
  }
  if (ts.isImportTypeNode(node)) {
    const { argument } = node;
    return ts.isLiteralTypeNode(argument) && ts.isStringLiteral(argument.literal)
      ? [argument.literal.text, true]
      : null;
  }
  if (!ts.isCallExpression(node)) return null;
  const isLoad =
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === "require");
  const [argument] = node.arguments;
  return isLoad && argument && ts.isStringLiteralLike(argument) ? [argument.text, false] : null;
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) {
    const clause = node.exportClause;
    return node.isTypeOnly || (!!clause && ts.isNamedExports(clause) && clause.elements.every((one) => one.isTypeOnly));
  }
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  return !clause.name && !!bindings && ts.isNamedImports(bindings) && bindings.elements.every((one) => one.isTypeOnly);
}
