// Type declarations of all packages from one program: bundling them per package takes five times as long.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { root } from "./workspace-packages.mjs";

/** Writes `dist/**.d.ts` with maps to `src` for each of these package folders. Throws what the type check finds. */
export async function writeDeclarations(folders) {
  const { default: ts } = await import("typescript");
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => fail(ts, [diagnostic]) };
  // No outDir: the files are written below, and TypeScript would leave an outDir out of its sources.
  const options = { noEmit: false, declaration: true, declarationMap: true, emitDeclarationOnly: true };
  const { fileNames, options: compilerOptions } = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.json"),
    options,
    host,
  );
  const sources = fileNames.filter((file) => folders.some((folder) => file.startsWith(join(folder, "src") + sep)));
  const program = ts.createProgram(sources, compilerOptions);
  const problems = ts.getPreEmitDiagnostics(program);
  if (problems.length > 0) fail(ts, problems);

  program.emit(undefined, (path, text, _byteOrderMark, _onError, emitted) => {
    const folder = folders.find((candidate) => path.startsWith(candidate + sep));
    if (folder === undefined) return;
    const target = join(folder, "dist", relative(join(folder, "src"), path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, path.endsWith(".map") ? mapTo(emitted[0].fileName, target, text) : text);
  });
}

function mapTo(source, target, text) {
  const path = relative(dirname(target), source).split(sep).join("/");
  return JSON.stringify({ ...JSON.parse(text), file: basename(target, ".map"), sourceRoot: "", sources: [path] });
}

function fail(ts, diagnostics) {
  const host = { getCurrentDirectory: () => root, getCanonicalFileName: (path) => path, getNewLine: () => "\n" };
  throw new Error(`The type declarations can't be made:\n${ts.formatDiagnostics(diagnostics, host)}`);
}
