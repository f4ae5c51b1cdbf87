import { type Layout, layoutOf, type PlacedFile } from "../tree/layout-of.js";
import { linesOf, type Rule, type SourceTree } from "../tree/source-tree.js";

const maxLines = 300;
const smallLines = 25;
const medianLines = { min: 50, max: 75 };
const maxP90Lines = 170;
const maxShareOfOneNeighbor = 0.18;
/** Below this number of files a median is meaningless. */
const minFiles = 20;

/** Small files that are one by nature: a port, an index, a migration, the types of a vendor, a program's entry. */
const smallByNature = /\/ports\/|\/index\.ts$|\/migrations\/|-(?:like|types)\.ts$|\/main\.ts$/;

/** The figures of a layout in one line, for people. */
export function describeLayout({ files, median, p90, max, share }: Layout): string {
  const percent = (part: number): string => `${Math.round(part * 100)} %`;
  return [
    `${files.length} files`,
    `median ${median}, p90 ${p90}, max ${max} lines`,
    `${percent(share.upTo20Lines)} of at most 20 lines`,
    `${percent(share.oneImporter)} with one importer`,
    `${percent(share.oneNeighbor)} with one importer, in their own folder`,
  ].join("; ");
}

/** A rule about the figures of the whole product. */
function layoutRule(name: string, isWrong: (layout: Layout) => boolean): Rule {
  return {
    name,
    check: (tree) => {
      const layout = layoutOf(tree);
      return layout.files.length >= minFiles && isWrong(layout) ? [`the product: ${describeLayout(layout)}`] : [];
    },
  };
}

function isTooSmall({ path, lines, importers }: PlacedFile): boolean {
  return lines < smallLines && importers.length < 2 && !smallByNature.test(path);
}

function smallFiles(tree: SourceTree): readonly string[] {
  return layoutOf(tree)
    .files.filter(isTooSmall)
    .map(({ path, lines, importers }) => {
      const user = importers[0] ?? "no file";
      return `${path}: ${lines} lines, imported by ${user} only: merge it into its user`;
    });
}

/** The size of files, bounded at both ends: a file is a concept, neither a function nor a drawer. */
export const depthRules: readonly Rule[] = [
  {
    name: `a file has at most ${maxLines} lines`,
    check: ({ files }) =>
      files
        .filter((file) => linesOf(file) > maxLines)
        .map((file) => `${file.path}: ${linesOf(file)} lines: split it by concept`),
  },
  { name: `a file under ${smallLines} lines has two importers`, check: smallFiles },
  layoutRule(`the median file has ${medianLines.min} to ${medianLines.max} lines`, ({ median }) => {
    return median < medianLines.min || median > medianLines.max;
  }),
  layoutRule(`nine of ten files have at most ${maxP90Lines} lines`, ({ p90 }) => p90 > maxP90Lines),
  layoutRule(
    `at most ${maxShareOfOneNeighbor * 100} % of the files are imported by one file of their own folder only`,
    ({ share }) => share.oneNeighbor > maxShareOfOneNeighbor,
  ),
];
