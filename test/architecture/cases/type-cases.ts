import type { RuleCases } from "../rule-cases.js";
import { typeRules } from "../rules/type-rules.js";
import { type SourceTree, treeOf } from "../tree/source-tree.js";

const exported = { exports: { ".": { "agentbot-source": "./src/index.ts" } } };

/** A package that exports what this file has. */
function tree(text: string): SourceTree {
  return treeOf({
    "packages/x/package.json": JSON.stringify(exported),
    "packages/x/src/index.ts": 'export * from "./point.js";',
    "packages/x/src/point.ts": text,
  });
}

const violations: Record<string, SourceTree[]> = {
  "an exported type is written, and its schema held to it": [
    tree("/** A point. */\nexport type Point = z.infer<typeof pointSchema>;"),
    tree("/** A point. */\nexport type Point = Readonly<z.output<typeof pointSchema>>;"),
    tree("/** Points. */\nexport interface Points {\n  /** All. */\n  all: z.input<typeof pointSchema>[] }"),
  ],
  "every member of an exported interface has TSDoc": [
    tree("/** A point. */\nexport interface Point { readonly x: number }"),
    tree("/** A point. */\nexport interface Point {\n  /** To the right. */\n  readonly x: number;\n  move(): void }"),
    tree("/** A point. */\nexport interface Point {\n  // To the right.\n  readonly x: number }"),
  ],
};

const allowed = tree(`
/** A point. */
export interface Point {
  /** To the right. */
  readonly x: number;
}
/** A server. */
export interface ServerLike { listen(): void }
type Parsed = z.output<typeof pointSchema>;
interface Inner { readonly x: number }
`);

export const typeCases: RuleCases = { rules: typeRules, violations, allowed };
