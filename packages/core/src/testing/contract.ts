/**
 * One clause of a port's contract, and the code that checks an adapter against it. It fits any test runner: pass `name` and
 * `run` to the `test` of vitest, node:test or another; a broken clause throws an `AssertionError`.
 *
 * @example
 * for (const { name, run } of taskQueueContract(subject)) test(name, run);
 */
export interface ContractCase {
  /** A sentence about what holds. */
  readonly name: string;
  /** Checks it on a fresh subject. */
  readonly run: () => Promise<void>;
}

/** A fresh adapter for one case, and the end of it. */
export interface ContractSubject<Port> {
  /** The adapter under test. */
  readonly subject: Port;
  /** Ends the subject and removes what it left. */
  dispose(): Promise<void>;
}

/** Options of a contract suite. */
export interface ContractOptions<Port> {
  /** Creates a fresh, empty subject; called once for each case. */
  readonly create: () => Promise<ContractSubject<Port>>;
  /** Capabilities that the adapter lacks, each with the reason, which becomes part of the case's name: no case is skipped silently. */
  readonly lacks?: Readonly<Record<string, string>>;
}
