import { describe, expect, test } from "vitest";
import { contentCases } from "./cases/content-cases.js";
import { depthCases } from "./cases/depth-cases.js";
import { formCases } from "./cases/form-cases.js";
import { importsCases } from "./cases/imports-cases.js";
import { typeCases } from "./cases/type-cases.js";
import { wordsCases } from "./cases/words-cases.js";
import { allRules } from "./rules/all-rules.js";
import { readRepository } from "./tree/source-tree.js";

const repository = readRepository();
const groups = {
  imports: importsCases,
  form: formCases,
  types: typeCases,
  depth: depthCases,
  content: contentCases,
  words: wordsCases,
};

test("the repository was read", () => {
  expect(repository.files.length).toBeGreaterThan(100);
  expect(repository.manifests.size).toBeGreaterThan(3);
});

test("every rule has its cases", () => {
  const inGroups = Object.values(groups).flatMap(({ rules }) => rules.map(({ name }) => name));
  expect(inGroups.sort()).toEqual(allRules.map(({ name }) => name).sort());
});

for (const [group, { rules, violations, allowed }] of Object.entries(groups)) {
  describe(`the rules of ${group}`, () => {
    for (const { name, check } of rules) {
      test(`the repository keeps: ${name}`, () => {
        expect(check(repository)).toEqual([]);
      });

      test(`a violation is caught of: ${name}`, () => {
        const trees = violations[name] ?? [];
        expect(trees).not.toEqual([]);
        for (const broken of trees) expect(check(broken)).not.toEqual([]);
      });
    }

    test("what is allowed is accepted", () => {
      expect(rules.flatMap(({ check }) => check(allowed))).toEqual([]);
    });
  });
}
