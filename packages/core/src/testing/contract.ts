/**
 * One sentence a port promises, and the code that holds an adapter to it. Runner-agnostic: hand `name` and `run` to
 * the `test` of vitest, node:test or any other; a broken promise throws an `AssertionError`.
 *
 * @example
 * for (const { name, run } of taskQueueContract(subject)) test(name, run);
 */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A fresh adapter for one case, and the end of it. */
export interface ContractSubject<Port> {
  readonly subject: Port;
  dispose(): Promise<void>;
}

/** How a contract suite gets its subjects. */
export interface ContractOptions<Port> {
  /** Makes a fresh, empty subject; called once for each case. */
  readonly create: () => Promise<ContractSubject<Port>>;
  /** Capabilities the adapter lacks, each with the reason, which becomes part of the case's name. Nothing is skipped silently. */
  readonly lacks?: Readonly<Record<string, string>>;
}
