import type { ContractCase, ContractOptions } from "./contract.js";

/** One clause of a contract, before it is bound to an adapter. */
export interface ContractClause<Port> {
  /** A sentence about what holds. */
  readonly name: string;
  /** The capability that it checks, as named in `lacks`; absent for a clause that holds for every adapter. */
  readonly capability?: string;
  /** Throws an `AssertionError` if the subject breaks the clause. */
  readonly check: (subject: Port) => Promise<void>;
}

/**
 * Binds clauses to an adapter: each case creates a subject of its own and disposes of it in any case. A clause about a
 * capability that the adapter lacks stays in the list, with the reason in its name, and checks nothing.
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
