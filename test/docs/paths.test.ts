import { existsSync, readdirSync, readFileSync } from "node:fs";
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

test("every link of the README leads to a file", () => {
  const links = [...readFileSync(`${root}README.md`, "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)];
  expect(links.map(([, path = ""]) => path).filter((path) => !existsSync(root + path))).toEqual([]);
});
