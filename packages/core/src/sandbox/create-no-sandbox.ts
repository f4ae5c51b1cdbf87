import type { Sandbox } from "../ports/sandbox.js";

/**
 * A {@link Sandbox} without a wall: the agent runs with all rights of the worker. For a machine that is itself a sandbox, and
 * for tests; it must be chosen on purpose. Paths, commands and environments stay as they are.
 *
 * @example
 * const worker = createWorker({ store, queue, providers, agent, workspaces, sandbox: createNoSandbox() });
 */
export function createNoSandbox(): Sandbox {
  return {
    name: "none",
    async check() {
      return { status: "ready" };
    },
    async open() {
      return {
        pathOf: (hostPath) => hostPath,
        command: (command) => command,
        environment: {},
        async dispose() {},
      };
    },
  };
}
