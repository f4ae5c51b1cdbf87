import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BundledProgram, bundleProgram } from "@agentbot/test-services";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startProgram } from "../fixtures/start-program.js";
import { temporaryDirectories } from "../fixtures/temporary-directory.js";

const temporaryDirectory = temporaryDirectories();
// Each round is a new process and a crash recovery: some seconds.
const rounds = process.env["AGENTBOT_TEST_FULL"] ? 20 : 5;
let program: BundledProgram;

beforeAll(async () => {
  program = await bundleProgram(new URL("../fixtures/programs/record-deliveries.ts", import.meta.url));
});
afterAll(() => program.remove());

describe("an embedded database whose process is killed", () => {
  test(`has every acknowledged delivery with its task, and no half ones, ${rounds} times over`, async () => {
    const directory = await temporaryDirectory();
    const acknowledgedFile = join(directory, "acknowledged");
    writeFileSync(acknowledgedFile, "");
    let acknowledged = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const recorder = startProgram(program.path, [join(directory, "data"), acknowledgedFile]);
      onTestFinished(() => recorder.kill());
      expect(await recorder.line(/^checked /)).toBe(`checked ${acknowledged} halves 0`);
      // At another point of its work each time: after the first acknowledgement, or in the middle of a later one.
      await recorder.line(/^recorded /);
      for (let turn = 0; turn < round * 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await recorder.kill();
      expect(recorder.lines.filter((line) => line.startsWith("lost"))).toEqual([]);
      const recorded = recorder.lines.filter((line) => line.startsWith("recorded "));
      appendFileSync(acknowledgedFile, recorded.map((line) => `${line}\n`).join(""));
      acknowledged += recorded.length;
    }
    expect(acknowledged).toBeGreaterThan(rounds);
  });
});
