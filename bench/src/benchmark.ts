/** The servers and the settings of a benchmark. */
export interface BenchmarkContext {
  /** A PostgreSQL of this run's own, in which databases can be made. */
  readonly databaseUrl: string;
  /** A Redis of this run's own. */
  readonly redisUrl: string;
  /** How many times each side is measured, one after the other. */
  readonly rounds: number;
  /** Shows a line at once. */
  readonly print: (line: string) => void;
}

/** A benchmark: it prints what it measures and leaves nothing behind. */
export type Benchmark = (context: BenchmarkContext) => Promise<void>;
