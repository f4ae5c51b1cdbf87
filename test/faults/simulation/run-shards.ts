import { fileURLToPath } from "node:url";
import { runProcess } from "@agentbot/core/process";
import { bundleProgram } from "@agentbot/test-services";
import { addTallies, type Tally } from "./simulate-seeds.js";

/** Simulates the seeds from 1 to `count`, divided among `processes` processes. */
export async function runShards(count: number, processes: number, timeoutMs: number): Promise<Tally> {
  const program = await bundleProgram(new URL("./programs/shard.ts", import.meta.url));
  const each = Math.ceil(count / processes);
  const runShard = async (shard: number): Promise<Tally> => {
    let output = "";
    const { exitCode, end, stderrTail } = await runProcess({
      program: process.execPath,
      arguments: [program.path, String(1 + shard * each), String(Math.min(each, count - shard * each))],
      directory: fileURLToPath(new URL(".", import.meta.url)),
      environment: {},
      signal: AbortSignal.timeout(timeoutMs),
      onLine: (line) => {
        output += line;
      },
    });
    if (exitCode !== 0) throw new Error(`A shard ended as ${end} with ${exitCode}: ${stderrTail}`);
    return JSON.parse(output) as Tally;
  };
  try {
    return addTallies(await Promise.all(Array.from({ length: processes }, (_, shard) => runShard(shard))));
  } finally {
    await program.remove();
  }
}
