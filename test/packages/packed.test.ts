import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, describe, expect, test } from "vitest";
import { createUserProject, firstCodeOf, root } from "./fixtures/packed-packages.js";

const project = createUserProject();
afterAll(() => project.dispose());

const { homepage, bugs, repository, author, license } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
  readonly [field: string]: unknown;
  readonly homepage: string;
  readonly repository: { readonly url: string };
};
const page = homepage.replace(/#readme$/, "");

test("no package is left out", () => {
  expect(project.packages.map(({ manifest }) => manifest.name)).toContain("@agentbot/core");
  expect(project.packages.length).toBeGreaterThanOrEqual(7);
});

describe.each(project.packages)("the tarball of packages/$folder", (packed) => {
  const { folder, manifest, files, read } = packed;

  test("names its place, its author and its license, and is public", () => {
    expect(manifest).toMatchObject({
      name: `@agentbot/${folder}`,
      homepage: `${page}/tree/main/packages/${folder}#readme`,
      repository: { ...repository, directory: `packages/${folder}` },
      publishConfig: { access: "public" },
      keywords: expect.arrayContaining(["agentbot", "coding-agent"]),
      description: expect.stringMatching(/^.{20,120}$/),
      ...{ bugs, author, license },
    });
  });

  test("has the license, its own README, code and sources, and nothing that the build left behind", () => {
    expect(read("LICENSE")).toBe(readFileSync(`${root}LICENSE`, "utf8"));
    const strange = files.filter((file) => !/^(?:LICENSE|README\.md|package\.json|src\/.+\.ts|dist\/.+)$/.test(file));
    const leftovers = files.filter((file) => /(?:^|\/)\.|built-from|write-snapshot\.js|tsbuildinfo/.test(file));
    expect([...strange, ...leftovers]).toEqual([]);
    for (const conditions of Object.values(manifest.exports)) {
      for (const path of Object.values(conditions)) expect(files).toContain(path.slice(2));
    }
  });

  test("has maps that lead to the sources beside them, without a second copy of these", () => {
    const maps = files.filter((file) => file.endsWith(".map"));
    expect(maps.some((file) => file.endsWith(".js.map"))).toBe(true);
    for (const file of maps) {
      const map = JSON.parse(read(file)) as { readonly sources: readonly string[]; readonly sourcesContent?: unknown };
      expect([file, map.sourcesContent]).toEqual([file, undefined]);
      const sources = map.sources.map((source) => posix.join(posix.dirname(file), source));
      expect([file, sources.filter((source) => !files.includes(source))]).toEqual([file, []]);
    }
  });

  test("leaves users a range of every version, and brings no package of ours twice", () => {
    const { dependencies = {}, peerDependencies = {} } = manifest;
    const ranges = Object.entries({ ...dependencies, ...peerDependencies });
    expect(ranges.filter(([, range]) => !/^\^\d/.test(range))).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => name.startsWith("@agentbot/"))).toEqual([]);
  });

  test("has a README with a sentence, an installation, at most ten lines of code, options and a link home", () => {
    const readme = read("README.md");
    expect(readme).toMatch(new RegExp(`^# @agentbot/${folder}\n\n[A-Za-z][^\`]{20,}`));
    expect(readme).toContain("## Options");
    expect(readme).toContain(`](${homepage})`);
    expect(/^```sh\nnpm install (.*)\n```$/m.exec(readme)?.[1]).toContain(`@agentbot/${folder}`);
    const code = firstCodeOf(readme);
    expect(code).toContain(`@agentbot/${folder}`);
    expect(code.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
  });

  test("is clean to publint", async () => {
    const { messages, pkg } = await publint({ pack: { tarball: bytesOf(packed.tarball) }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("has types that every module resolution of ES modules finds", async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(bytesOf(packed.tarball))));
    if (!analysis.types) throw new Error("It has no types");
    // A package of ES modules alone: neither the resolution of before `exports` nor `require` in TypeScript is served.
    const problems = analysis.problems.filter((problem) => {
      const isForOthers = "resolutionKind" in problem && /^node10$|^node16-cjs$/.test(problem.resolutionKind);
      return !isForOthers;
    });
    expect(problems).toEqual([]);
  });
});

function bytesOf(tarball: string): ArrayBuffer {
  return new Uint8Array(readFileSync(tarball)).buffer;
}
