/** Child processes: one way to start them, and none left behind. */

export * from "./create-launch.js";
export * from "./end-orphans.js";
export type { EndsWithParent } from "./end-with-parent.js";
export * from "./environment-from.js";
export * from "./process-request.js";
export * from "./run-process.js";
export * from "./start-process.js";
