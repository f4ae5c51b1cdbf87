import type { RuleCases } from "../rule-cases.js";
import { depthRules } from "../rules/depth-rules.js";
import { type SourceTree, treeOf } from "../tree/source-tree.js";

const lines = (count: number): string => "export {};\n".repeat(count);
const folder = "packages/adapter-x/src";

/** A product of 20 files of 60 lines, each imported by two others, but for what is given. */
function product(texts: Readonly<Record<string, string>> = {}): SourceTree {
  const names = Array.from({ length: 20 }, (_, index) => `queue-${index}`);
  const files = names.map((name, index) => {
    const used = [1, 2].map((step) => names[(index + step) % names.length]);
    return [`${folder}/${name}.ts`, `${used.map((one) => `import "./${one}.js";\n`).join("")}${lines(58)}`];
  });
  return treeOf({ ...Object.fromEntries(files), ...texts });
}

/** Files of one size, none of which any other one imports. */
const filesOf = (count: number, size: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/extra-${index}.ts`, lines(size)]));

const chain = Array.from({ length: 40 }, (_, index): [string, string] => [
  `${folder}/link-${index}.ts`,
  `import "./link-${index + 1}.js";\n${lines(59)}`,
]);

export const depthCases: RuleCases = {
  rules: depthRules,
  violations: {
    "a file has at most 300 lines": [
      product({ [`${folder}/a.ts`]: lines(301) }),
      product({ "packages/adapter-x/test/a.test.ts": lines(301) }),
    ],
    "a file under 25 lines has two importers": [
      product({ [`${folder}/a.ts`]: lines(24) }),
      product({ [`${folder}/a.ts`]: lines(24), [`${folder}/b.ts`]: `import "./a.js";\n${lines(30)}` }),
    ],
    "the median file has 50 to 75 lines": [product(filesOf(21, 49)), product(filesOf(21, 76))],
    "nine of ten files have at most 170 lines": [product(filesOf(3, 171))],
    "at most 18 % of the files are imported by one file of their own folder only": [product(Object.fromEntries(chain))],
  },
  allowed: product({
    [`${folder}/ports/a.ts`]: lines(5),
    [`${folder}/index.ts`]: lines(1),
    [`${folder}/migrations/first.ts`]: lines(3),
    [`${folder}/client-like.ts`]: lines(9),
    [`${folder}/a.ts`]: 'import "./b.js";\n'.repeat(30),
    [`${folder}/deep/a.ts`]: 'import "../b.js";\n'.repeat(30),
    [`${folder}/b.ts`]: lines(2),
    "packages/adapter-x/test/small.ts": lines(2),
  }),
};
