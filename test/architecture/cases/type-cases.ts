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
  "the schema of options is held to their interface": [
    tree("const optionsSchema = z.strictObject({ x: z.number() });"),
    tree("const optionsSchema = z\n  .strictObject({ x: z.number() })\n  .refine(isNear);"),
    tree("const optionsSchema = z.strictObject({ x: z.number() } satisfies Shape<Point>);"),
    tree("const optionsSchema = z.strictObject({ points: z.array(z.strictObject({} satisfies ShapeOf<Point>)) });"),
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
const pointSchema = z.strictObject({ x: z.number(), at: z.strictObject({}) } satisfies ShapeOf<Point>).refine(isNear);
const bodySchema = z.strictObject({ x: z.number() });
type Parsed = z.output<typeof pointSchema>;
interface Inner { readonly x: number }
`);

export const typeCases: RuleCases = { rules: typeRules, violations, allowed };
