import type { ContractCase, ContractOptions } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { commitClauses } from "./commit-clauses.js";
import { prepareClauses } from "./prepare-clauses.js";
import { publishClauses } from "./publish-clauses.js";
import type { WorkspaceSubject } from "./workspace-subject.js";

/**
 * The contract of the port `WorkspaceFactory`. The subject has a repository on a real server. Capability that may be
 * lacking: `limits`, the limit of a checkpoint (25 MiB).
 */
export function workspaceFactoryContract(options: ContractOptions<WorkspaceSubject>): readonly ContractCase[] {
  return contractCases("WorkspaceFactory", options, [...prepareClauses, ...commitClauses, ...publishClauses]);
}
