/** A GitHub on the loopback, for tests and demos. */

export * from "./sign-webhook.js";
export type { StandInFault } from "./stand-in-faults.js";
export type * from "./stand-in-options.js";
export type {
  StandInComment,
  StandInPullRequest,
  StandInReaction,
  StandInRequest,
  StandInToken,
} from "./stand-in-state.js";
export * from "./start-github-stand-in.js";
