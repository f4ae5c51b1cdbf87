import { AgentBotError } from "../errors/agentbot-error.js";
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
 *
 * @param contract - all clauses of the contract, where these are a part of it
 * @throws AgentBotError `CONFIGURATION_INVALID` if `lacks` names what no clause of the contract has as its capability
 */
export function contractCases<Port>(
  port: string,
  { create, lacks = {} }: ContractOptions<Port>,
  clauses: readonly ContractClause<Port>[],
  contract = clauses,
): readonly ContractCase[] {
  checkLacks(port, lacks, contract);
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

/** A misspelt capability would pass for one that the adapter has, and its clause would fail without a hint. */
function checkLacks<Port>(
  port: string,
  lacks: Readonly<Record<string, string>>,
  contract: readonly ContractClause<Port>[],
): void {
  const known = [...new Set(contract.flatMap(({ capability }) => capability ?? []))];
  const unknown = Object.keys(lacks).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const choice = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  const message = `The contract of ${port} has no capability ${unknown.join(", ")}, as 'lacks' names it; ${choice}`;
  throw new AgentBotError("CONFIGURATION_INVALID", message);
}
