import ts from "typescript";
import { nodesOf, placeOf, type Rule } from "../tree/source-tree.js";

const isLogCall = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  ts.isPropertyAccessExpression(node.expression) &&
  /^(?:debug|info|warn|error)$/.test(node.expression.name.text) &&
  /log/i.test(node.expression.expression.getText());

/** True for a field that holds an error under another name than `err`. */
function isMisnamedError(field: ts.ObjectLiteralElementLike): boolean {
  const name = field.name?.getText() ?? "";
  if (name === "err") return false;
  if (/^(?:error|cause|exception|reason|e)$/.test(name) && ts.isShorthandPropertyAssignment(field))
    return name !== "reason";
  return ts.isPropertyAssignment(field) && /^(?:error|cause|exception)$/.test(field.initializer.getText());
}

/** How a log line is written. */
export const logRules: readonly Rule[] = [
  {
    // Loggers serialize an error under `err`; under any other name they print `{}`.
    name: "a log line carries its error as err",
    check: ({ files }) =>
      files.flatMap((file) =>
        nodesOf(file)
          .filter(isLogCall)
          .flatMap(({ arguments: given }) => given.filter(ts.isObjectLiteralExpression))
          .flatMap(({ properties }) => properties.filter(isMisnamedError))
          .map((field) => `${placeOf(file, field)}: write { err: ${field.name?.getText(file.syntax)} }`),
      ),
  },
];
