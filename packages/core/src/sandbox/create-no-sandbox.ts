import type { Sandbox } from "../ports/sandbox.js";

/**
 * The {@link Sandbox} that is none: the agent runs with all rights of the worker. For a machine that is itself a
 * sandbox, and for tests; it must be chosen on purpose.
 */
export function createNoSandbox(): Sandbox {
  return {
    name: "none",
    async check() {
      return { status: "ready" };
    },
    wrap: (command) => command,
  };
}
