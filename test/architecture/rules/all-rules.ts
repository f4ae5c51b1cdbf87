import type { Rule } from "../tree/source-tree.js";
import { contentRules } from "./content-rules.js";
import { depthRules } from "./depth-rules.js";
import { formRules } from "./form-rules.js";
import { importRules } from "./import-rules.js";
import { logRules } from "./log-rules.js";
import { nameRules } from "./name-rules.js";
import { proseRules } from "./prose-rules.js";
import { typeRules } from "./type-rules.js";
import { wordRules } from "./word-rules.js";

/** Every rule of the repository's shape. */
export const allRules: readonly Rule[] = [
  ...importRules,
  ...depthRules,
  ...contentRules,
  ...formRules,
  ...typeRules,
  ...wordRules,
  ...nameRules,
  ...proseRules,
  ...logRules,
];
