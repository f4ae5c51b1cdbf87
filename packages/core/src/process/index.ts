/** Child processes: one way to start them, and nothing of them left behind. */

export * from "./create-launch.js";
export { endOrphans } from "./end-process-tree.js";
export type { EndsWithParent } from "./end-with-parent.js";
export * from "./process-request.js";
export * from "./remove-tree.js";
export * from "./run-process.js";
