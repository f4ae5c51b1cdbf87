import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** TypeScript and vitest leave folders alone whose name begins with a dot, unless a test imports from them. */
const written = fileURLToPath(new URL("./.build/", import.meta.url));

/** A module that a guide shows: a `ts` block, whose first line names its file: `// create-x-queue.ts`. */
export interface GuideModule {
  readonly guide: string;
  /** The file it was written to. */
  readonly path: string;
  /** The line of the guide on which the block begins. */
  readonly line: number;
}

/** Writes the modules of every guide to disk, those of one guide into one folder. */
export function writeGuideModules(): readonly GuideModule[] {
  rmSync(written, { recursive: true, force: true });
  return guides().flatMap((guide) => {
    const text = readFileSync(join(root, "docs/guide", guide), "utf8");
    return [...text.matchAll(/^```ts\n(.*)\n([\s\S]*?)^```$/gm)].map(([, head = "", code = ""], index) => {
      const name = /^\/\/ ([\w./-]+\.ts)$/.exec(head)?.[1] ?? `block-${index + 1}.ts`;
      const path = join(written, guide.replace(/\.md$/, ""), name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${head}\n${code}`);
      const line = text.slice(0, text.indexOf(`\`\`\`ts\n${head}\n${code}`)).split("\n").length;
      return { guide, path, line };
    });
  });
}

/** The names of the guides. */
export function guides(): readonly string[] {
  return readdirSync(join(root, "docs/guide")).filter((file) => file.endsWith(".md"));
}

/** Type-checks the modules with this repository's options, against the sources; returns each problem with its guide. */
export function problemsOf(modules: readonly GuideModule[]): readonly string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    modules.map(({ path }) => path),
    options,
  );
  return modules.flatMap(({ guide, path, line }) => {
    const source = program.getSourceFile(path);
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const inBlock = source ? source.getLineAndCharacterOfPosition(start).line : 0;
      return `docs/guide/${guide}:${line + 1 + inBlock}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}
