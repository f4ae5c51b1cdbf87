/** agentbot work trees from git repositories. */

export * from "./create-git-workspace-factory.js";
export type { GitWorkspaceOptions } from "./git-workspace-options.js";
