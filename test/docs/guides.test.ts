import { describe, expect, test } from "vitest";
import { guides, problemsOf, writeGuideModules } from "./guide-modules.js";

const modules = writeGuideModules();

test("every guide has code, and all of it compiles", () => {
  expect(guides().filter((guide) => !modules.some((one) => one.guide === guide))).toEqual([]);
  expect(problemsOf(modules)).toEqual([]);
});

// A block that is a test file is run as one.
for (const { guide, path } of modules.filter((one) => one.path.endsWith(".test.ts"))) {
  describe(`docs/guide/${guide}`, async () => {
    await import(path);
  });
}
