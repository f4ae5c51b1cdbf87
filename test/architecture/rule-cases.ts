import type { Rule, SourceTree } from "./tree/source-tree.js";

/** A group of rules, and the trees that prove what each of them catches. */
export interface RuleCases {
  readonly rules: readonly Rule[];
  /** One small violation, or several, for each rule by its name. */
  readonly violations: Readonly<Record<string, readonly SourceTree[]>>;
  /** A tree that breaks no rule, though it comes near. */
  readonly allowed: SourceTree;
}
