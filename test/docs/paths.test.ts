import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const guides = readdirSync(`${root}docs`).filter((file) => file.endsWith(".md"));

test.each(guides)("every file that docs/%s names is there", (guide) => {
  const named = [...readFileSync(`${root}docs/${guide}`, "utf8").matchAll(/`([\w./-]+\/[\w./-]+\.(?:ts|mjs))`/g)];
  const paths = named.map(([, path = ""]) => (path.startsWith("examples/") ? path : `packages/${path}`));
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !existsSync(root + path))).toEqual([]);
});

const linked = ["README.md", ...readdirSync(`${root}docs/guide`).map((guide) => `docs/guide/${guide}`)];

test.each(linked)("every link of %s leads to a file", (page) => {
  const links = [...readFileSync(root + page, "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
  const targets = links.map(([, path = ""]) => join(root, dirname(page), path));
  expect(targets.filter((path) => !existsSync(path))).toEqual([]);
});
