/** A GitHub on the loopback, for tests and demos. */

export type { FakeGitHubFault } from "./fake-github-faults.js";
export type * from "./fake-github-options.js";
export type {
  FakeGitHubComment,
  FakeGitHubName,
  FakeGitHubPullRequest,
  FakeGitHubReaction,
  FakeGitHubRequest,
  FakeGitHubReview,
  FakeGitHubReviewComment,
  FakeGitHubToken,
} from "./fake-github-state.js";
export * from "./sign-webhook.js";
export * from "./start-fake-github.js";
