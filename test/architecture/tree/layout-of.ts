import { posix } from "node:path";
import { importsOf } from "./imports-of.js";
import { linesOf, type SourceFile, type SourceTree } from "./source-tree.js";

/** A product file with its size and the source files that import it. */
export interface PlacedFile {
  readonly path: string;
  readonly lines: number;
  readonly importers: readonly string[];
  /** True if its only importer lies in its own folder. */
  readonly hasOneNeighbor: boolean;
}

/** The sizes of a set of product files. */
export interface Layout {
  readonly files: readonly PlacedFile[];
  readonly median: number;
  readonly p90: number;
  readonly max: number;
  /** Shares between 0 and 1. */
  readonly share: { readonly upTo20Lines: number; readonly oneImporter: number; readonly oneNeighbor: number };
}

/** True for what users run: tests, contract suites and measurements are left out. */
function isProduct({ path }: SourceFile): boolean {
  return /^(?:packages|examples)\/[^/]+\/src\/(?!testing\/)/.test(path);
}

/** Measures the product files of a tree, or those under a path. */
export function layoutOf(tree: SourceTree, isIncluded: (path: string) => boolean = () => true): Layout {
  const importers = new Map<string, Set<string>>();
  for (const file of tree.files.filter(({ path }) => /^(?:packages|examples)\/[^/]+\/src\//.test(path))) {
    for (const { target } of importsOf(file)) {
      if (target !== null) importers.set(target, (importers.get(target) ?? new Set()).add(file.path));
    }
  }
  const files = tree.files
    .filter((file) => isProduct(file))
    .filter(({ path }) => isIncluded(path))
    .map((file): PlacedFile => {
      const { path } = file;
      const by = [...(importers.get(path) ?? [])];
      const hasOneNeighbor = by.length === 1 && posix.dirname(by[0] ?? "") === posix.dirname(path);
      return { path, lines: linesOf(file), importers: by, hasOneNeighbor };
    });
  const sizes = files.map(({ lines }) => lines).sort((a, b) => a - b);
  const at = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 0;
  const shareOf = (isCounted: (file: PlacedFile) => boolean): number =>
    files.length === 0 ? 0 : files.filter(isCounted).length / files.length;
  return {
    files,
    median: at(0.5),
    p90: at(0.9),
    max: sizes.at(-1) ?? 0,
    share: {
      upTo20Lines: shareOf(({ lines }) => lines <= 20),
      oneImporter: shareOf(({ importers: by }) => by.length === 1),
      oneNeighbor: shareOf(({ hasOneNeighbor }) => hasOneNeighbor),
    },
  };
}
