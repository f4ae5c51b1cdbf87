import type { ContractCase, ContractOptions } from "./contract.js";

/** One sentence of a contract, before it is bound to an adapter. */
export interface ContractClause<Port> {
  readonly name: string;
  /** The capability it is about, as it may be named in `lacks`; absent for what every adapter must do. */
  readonly capability?: string;
  /** Throws an `AssertionError` when the subject breaks the promise. */
  readonly check: (subject: Port) => Promise<void>;
}

/**
 * Binds clauses to an adapter: each case gets a subject of its own and disposes of it, whatever happens. A clause about a
 * capability the adapter lacks stays in the list, with the reason in its name, and checks nothing.
 */
export function contractCases<Port>(
  port: string,
  { create, lacks = {} }: ContractOptions<Port>,
  clauses: readonly ContractClause<Port>[],
): readonly ContractCase[] {
  return clauses.map(({ name, capability, check }) => {
    const reason = capability === undefined ? undefined : lacks[capability];
    if (reason !== undefined) return { name: `${port}: ${name} (not here: ${reason})`, run: async () => {} };
    return {
      name: `${port}: ${name}`,
      run: async () => {
        const { subject, dispose } = await create();
        try {
          await check(subject);
        } finally {
          await dispose();
        }
      },
    };
  });
}
