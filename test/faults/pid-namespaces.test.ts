import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { bundleProgram, inPidNamespace } from "@agentbot/test-services";
import { expect, test } from "vitest";

test.runIf(await inPidNamespace())(
  "processes are left alone where /proc shows another PID namespace than their own",
  async () => {
    const table = await bundleProgram(new URL("./pid-namespaces/programs/process-table.ts", import.meta.url));
    // Without `--mount-proc`: a container whose /proc is the host's.
    const words = ["--pid", "--fork", "--kill-child", process.execPath, table.path];
    const { stdout } = await promisify(execFile)("unshare", words);
    await table.remove();
    const { processes, tag, isDead } = JSON.parse(stdout);
    expect([processes, isDead]).toEqual([null, false]);
    expect(tag).toMatch(/^1-\d+-0-/);
  },
);
