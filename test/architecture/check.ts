// Prints what breaks the rules under the given paths, or everywhere, and the layout of the product files there.
import { allRules } from "./rules/all-rules.js";
import { describeLayout } from "./rules/depth-rules.js";
import { layoutOf } from "./tree/layout-of.js";
import { readRepository } from "./tree/source-tree.js";

const paths = process.argv.slice(2);
const isWanted = (place: string): boolean => paths.length === 0 || paths.some((path) => place.startsWith(path));
const print = (...lines: readonly string[]): boolean => process.stdout.write(`${lines.join("\n")}\n`);
const tree = readRepository();
let count = 0;
for (const { name, check } of allRules) {
  const violations = check(tree).filter(isWanted);
  count += violations.length;
  if (violations.length > 0) print(`${name} (${violations.length}):`, ...violations.map((line) => `  ${line}`), "");
}
print(describeLayout(layoutOf(tree, isWanted)), `${count} violations`);
process.exitCode = count === 0 ? 0 : 1;
