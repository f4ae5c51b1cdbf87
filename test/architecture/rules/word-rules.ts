import ts from "typescript";
import { nodesOf, placeOf, type Rule, type SourceFile } from "../tree/source-tree.js";

const vendorPattern =
  /github|gitlab|bitbucket|octokit|jira|slack|sentry|redis|postgres|pglite|claude|codex|cursor-?cli|bubblewrap|bwrap/i;

/** Where core may say a vendor's name, and the contract that makes it. */
const allowedVendorWords: readonly { readonly files: RegExp; readonly words: RegExp; readonly because: string }[] = [
  {
    files: /^packages\/core\/src\/gateway\/(?:create-gateway|gateway-options|operations\/health)\.ts$/,
    words: /^(?:is)?redis(?:up|probe)?$/i,
    because: "the body of GET /health names its checks, and dashboards read them",
  },
  {
    files: /^packages\/core\/src\/text\/secret-patterns\.ts$/,
    words: /./,
    because: "secrets are found by the prefixes their issuers gave them",
  },
];

const isCore = ({ path }: SourceFile): boolean => /^packages\/core\/src\/(?!testing\/)/.test(path);

function vendorWords(file: SourceFile): readonly string[] {
  return nodesOf(file).flatMap((node) => {
    const isText =
      ts.isIdentifier(node) ||
      ts.isLiteralExpression(node) ||
      ts.isTemplateMiddleOrTemplateTail(node) ||
      ts.isTemplateHead(node);
    // Names in TSDoc are comments, although TypeScript gives them nodes.
    if (!isText || ts.findAncestor(node, ts.isJSDoc) || !vendorPattern.test(node.text)) return [];
    const isAllowed = allowedVendorWords.some(({ files, words }) => files.test(file.path) && words.test(node.text));
    return isAllowed
      ? []
      : [`${placeOf(file, node)} says ${node.text.slice(0, 80)}: core knows no provider and no adapter`];
  });
}

function environmentReads(file: SourceFile): readonly string[] {
  return nodesOf(file).flatMap((node) => {
    const isRead =
      (ts.isPropertyAccessExpression(node) &&
        node.name.text === "env" &&
        /^(?:globalThis\.)?process$/.test(node.expression.getText(file.syntax))) ||
      (ts.isElementAccessExpression(node) && /^process\[.env.\]$/.test(node.getText(file.syntax))) ||
      (ts.isVariableDeclaration(node) &&
        ts.isObjectBindingPattern(node.name) &&
        node.initializer?.getText(file.syntax) === "process" &&
        /\benv\b/.test(node.name.getText(file.syntax))) ||
      (ts.isImportDeclaration(node) && /^["'](?:node:)?process["']$/.test(node.moduleSpecifier.getText(file.syntax)));
    return isRead ? [`${placeOf(file, node)} reads the environment: take it as an option`] : [];
  });
}

/** Words that do not belong where they are. */
export const wordRules: readonly Rule[] = [
  { name: "core names no provider and no adapter", check: ({ files }) => files.filter(isCore).flatMap(vendorWords) },
  {
    name: "the environment is read in examples and the CLI only",
    check: ({ files }) =>
      files.filter(({ path }) => /^packages\/(?!cli\/)[^/]+\/src\//.test(path)).flatMap(environmentReads),
  },
];
