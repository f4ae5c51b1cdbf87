import ts from "typescript";
import { type Export, exportsOf } from "../tree/exports-of.js";
import { placeOf, type Rule, type SourceTree } from "../tree/source-tree.js";

/** Interfaces with the form of a vendor's objects: their members are documented where they come from. */
const vendorForm = /Like$|^(?:PostgresQuery|PostgresResult|PostgresPool|PostgresPoolClient|RedisClient)$/;

/** The types that packages export, each once. */
function exportedTypes(tree: SourceTree): readonly Export[] {
  const entries = [...tree.manifests].flatMap(([folder, { exports = {} }]) =>
    folder.startsWith("packages/")
      ? Object.values(exports).map((conditions) => `${folder}/${conditions["agentbot-source"]?.slice(2) ?? ""}`)
      : [],
  );
  const found = new Map(entries.flatMap((entry) => exportsOf(tree, entry)).map((one) => [one.declaration, one]));
  return [...found.values()].filter(({ kind }) => kind === "type");
}

/** How a type that a package exports is written. */
export const typeRules: readonly Rule[] = [
  {
    // The fields of an inferred type have no docs: neither where people hover over them nor in the reference.
    name: "an exported type is written, and its schema held to it",
    check: (tree) =>
      exportedTypes(tree).flatMap(({ name, file, declaration }) => {
        const isInferred = /\bz\.(?:infer|input|output)\b/.test(declaration.getText(file.syntax));
        return isInferred
          ? [`${placeOf(file, declaration)}: write ${name} as an interface; its schema satisfies ShapeOf<${name}>`]
          : [];
      }),
  },
  {
    name: "every member of an exported interface has TSDoc",
    check: (tree) =>
      exportedTypes(tree).flatMap(({ name, file, declaration }) => {
        if (!ts.isInterfaceDeclaration(declaration) || vendorForm.test(name)) return [];
        return declaration.members
          .filter((member) => ts.getJSDocCommentsAndTags(member).length === 0)
          .map(
            (member) => `${placeOf(file, member)}: ${name}.${member.name?.getText(file.syntax) ?? "()"} has no TSDoc`,
          );
      }),
  },
];
