import { createNoSandbox, type Sandbox } from "@agentbot/core";
import type { Environment } from "../environment/environment-schema.js";

/**
 * The sandbox of the agent. Only an explicit `none` runs without one; any other value fails closed: the worker claims no task
 * and `/readyz` says why.
 */
export function composeSandbox({ AGENT_SANDBOX }: Environment): Sandbox {
  if (AGENT_SANDBOX === "none") return createNoSandbox();
  return {
    name: "bwrap",
    check: async () => ({
      status: "unavailable",
      reason: "this release has no sandbox; set AGENT_SANDBOX=none to run the agent without one",
    }),
    open: async () => {
      throw new Error("A sandbox that cannot start was opened");
    },
  };
}
