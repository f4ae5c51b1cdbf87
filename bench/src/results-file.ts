import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** The output of one run of a benchmark. */
export interface BenchmarkResult {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The servers that were measured with, as they name themselves. */
export interface MeasuredServers {
  readonly postgres: string;
  readonly redis: string;
}

const introduction = `# What was measured

Written by \`npm run bench -- --write [names]\`; a benchmark that was not named keeps its section. Times are those of the
machine named in each section; what counts are the ratios, of medians of rounds that take turns.
`;

/** Puts results into a file of sections, one a benchmark, with the command and the machine. */
export function writeResults(
  file: string,
  order: readonly string[],
  results: readonly BenchmarkResult[],
  servers: MeasuredServers,
): void {
  const sections = new Map(readSections(file));
  for (const { name, lines } of results) {
    const about = `\`npm run bench -- ${name}\` on ${describeMachine(servers)}.`;
    sections.set(name, `${about}\n\n\`\`\`\n${lines.join("\n")}\n\`\`\`\n`);
  }
  const texts = order.flatMap((name) => (sections.has(name) ? `## ${name}\n\n${sections.get(name)}` : []));
  writeFileSync(file, [introduction, ...texts].join("\n"));
}

function readSections(file: string): [string, string][] {
  if (!existsSync(file)) return [];
  const [, ...parts] = readFileSync(file, "utf8").split(/^## /m);
  return parts.map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), `${part.slice(end).trim()}\n`];
  });
}

function describeMachine({ postgres, redis }: MeasuredServers): string {
  const [first] = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  return (
    `${day}, ${cpus().length} cores (${first?.model.trim() ?? "unknown"}), ${memoryGib} GiB, ` +
    `${process.platform} ${release()}, Node ${process.versions.node}, PostgreSQL ${postgres}, Redis ${redis}`
  );
}
