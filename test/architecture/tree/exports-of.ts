import { posix } from "node:path";
import ts from "typescript";
import type { SourceFile, SourceTree } from "./source-tree.js";

/** A name that a file offers, with the declaration behind it. */
export interface Export {
  readonly name: string;
  readonly file: SourceFile;
  readonly declaration: ts.Node;
  readonly kind: "value" | "type";
}

/** Every export of a file, those it passes on from other files of the tree included. */
export function exportsOf(tree: SourceTree, path: string): readonly Export[] {
  const file = tree.files.find((candidate) => candidate.path === path);
  if (!file) return [];
  return file.syntax.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return declaredExports(file, statement);
    const { moduleSpecifier, exportClause } = statement;
    if (!moduleSpecifier) return namedExports(allDeclarations(file), exportClause);
    if (!ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith(".")) return [];
    const target = posix.join(posix.dirname(path), moduleSpecifier.text).replace(/\.js$/, ".ts");
    const passedOn = exportsOf(tree, target);
    return exportClause ? namedExports(passedOn, exportClause) : passedOn;
  });
}

function namedExports(candidates: readonly Export[], clause: ts.NamedExportBindings | undefined): readonly Export[] {
  if (!clause || !ts.isNamedExports(clause)) return [];
  return clause.elements.flatMap(({ name, propertyName }) => {
    return candidates
      .filter((one) => one.name === (propertyName ?? name).text)
      .map((one) => ({ ...one, name: name.text }));
  });
}

function allDeclarations(file: SourceFile): readonly Export[] {
  return file.syntax.statements.flatMap((statement) => declarationsOf(file, statement));
}

function declaredExports(file: SourceFile, statement: ts.Statement): readonly Export[] {
  const isExported =
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return isExported ? declarationsOf(file, statement) : [];
}

function declarationsOf(file: SourceFile, statement: ts.Statement): readonly Export[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => ({
      name: name.getText(file.syntax),
      file,
      declaration: statement,
      kind: "value",
    }));
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return [{ name: statement.name?.text ?? "default", file, declaration: statement, kind: "value" }];
  }
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    return [{ name: statement.name.text, file, declaration: statement, kind: "type" }];
  }
  return [];
}
