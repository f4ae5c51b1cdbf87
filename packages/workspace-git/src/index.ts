/** agentbot work trees from git repositories, and the plainest code index. */

export { defaultProtectedPaths } from "./commit/protected-paths.js";
export * from "./create-file-list-indexer.js";
export * from "./create-git-workspace-factory.js";
export type { GitWorkspaceOptions } from "./git-workspace-options.js";
