import type { ContractCase, ContractOptions } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { commitClauses } from "./commit-clauses.js";
import { prepareClauses } from "./prepare-clauses.js";
import { publishClauses } from "./publish-clauses.js";
import type { WorkspaceSubject } from "./workspace-subject.js";

/**
 * What every `WorkspaceFactory` promises. The subject comes with a repository on a real server; the capability
 * `limits` is the checkpoint limit of 25 MiB.
 */
export function workspaceFactoryContract(options: ContractOptions<WorkspaceSubject>): readonly ContractCase[] {
  return contractCases("WorkspaceFactory", options, [...prepareClauses, ...commitClauses, ...publishClauses]);
}
