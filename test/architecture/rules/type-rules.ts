import ts from "typescript";
import { type Export, exportsOf } from "../tree/exports-of.js";
import { nodesOf, placeOf, type Rule, type SourceTree } from "../tree/source-tree.js";

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

/** The object that a strict schema is made from, where a declaration has one: the outermost. */
function strictFields(declaration: ts.VariableDeclaration): ts.Expression | undefined {
  const calls = (node: ts.Node): ts.CallExpression[] => [
    ...(ts.isCallExpression(node) ? [node] : []),
    ...node.getChildren().flatMap(calls),
  ];
  const isStrict = ({ expression }: ts.CallExpression): boolean =>
    ts.isPropertyAccessExpression(expression) && expression.name.text === "strictObject";
  return declaration.initializer && calls(declaration.initializer).find(isStrict)?.arguments[0];
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
    // An option that only one of the two has is documented and refused, or accepted and unknown.
    name: "the schema of options is held to their interface",
    check: (tree) =>
      tree.files
        .filter(({ path }) => /^packages\/[^/]+\/src\//.test(path))
        .flatMap((file) =>
          nodesOf(file)
            .filter(ts.isVariableDeclaration)
            // The body of an HTTP request has no interface: its route documents it.
            .filter(({ name }) => name.getText(file.syntax) !== "bodySchema")
            .filter((declaration) => {
              const fields = strictFields(declaration);
              return (
                fields && !(ts.isSatisfiesExpression(fields) && /^ShapeOf</.test(fields.type.getText(file.syntax)))
              );
            })
            .map((declaration) => `${placeOf(file, declaration)}: its fields satisfy no ShapeOf<…>`),
        ),
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
