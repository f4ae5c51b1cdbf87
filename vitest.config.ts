import { defineConfig } from "vitest/config";

// An embedded database starts from the snapshot of the build, as for users: without it each first start takes seconds. Its
// name holds the migrations it was made with, so that another one is never used.
const builtSnapshot = {
  name: "built-snapshot",
  transform: (code: string, id: string) =>
    id.endsWith("/adapter-postgres/src/embedded/snapshot-file.ts")
      ? code.replace("import.meta.url", 'new URL("../../dist/", import.meta.url)')
      : undefined,
};

// Tests read the packages' sources, so that a stale build can never turn them green.
const conditions = ["agentbot-source", "node", "default"];

/** Counts what V8 executes of modules that must not have been loaded before. */
const countingTests = "packages/core/test/markdown/linear-time.test.ts";
// The blocks of guides are written there, and run by the test that writes them.
const exclude = ["**/node_modules/**", "test/docs/.build/**"];

export default defineConfig({
  plugins: [builtSnapshot],
  resolve: { conditions },
  // The global set-up is loaded by an environment of its own.
  environments: { __vitest__: { resolve: { conditions, externalConditions: conditions } } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // A test waits for events and not for a time: a limit is for a test that hangs, on a machine ten times slower too.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: "tests",
          include: ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...exclude, countingTests],
          globalSetup: "test/servers/global-setup.ts",
          // A process for each file would spend a third of the run on loading the same modules. What a test must not share,
          // it starts for itself: servers, directories, processes.
          isolate: false,
        },
      },
      { extends: true, test: { name: "counting", include: [countingTests] } },
    ],
  },
});
