/** agentbot on GitHub. */

export * from "./create-github-provider.js";
