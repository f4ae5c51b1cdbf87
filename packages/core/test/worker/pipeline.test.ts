import { describe, expect, test } from "vitest";
import { startWith } from "../../src/worker/pipeline.js";
import { admit } from "../../src/worker/stages/admit.js";
import { checkpoint } from "../../src/worker/stages/checkpoint.js";
import { indexWorkspace } from "../../src/worker/stages/index-workspace.js";
import { prepareWorkspace } from "../../src/worker/stages/prepare-workspace.js";
import { publishResult } from "../../src/worker/stages/publish-result.js";
import { runAgent } from "../../src/worker/stages/run-agent.js";

describe("the order of the stages", () => {
  test("compiles as it is meant to be", () => {
    const pipeline = startWith(admit)
      .to(prepareWorkspace)
      .to(indexWorkspace)
      .to(runAgent)
      .to(checkpoint)
      .to(publishResult);
    expect(pipeline.run).toBeTypeOf("function");
  });

  test("does not compile in any other way", () => {
    // @ts-expect-error the agent cannot run before its workspace is prepared
    expect(startWith(admit).to(runAgent)).toBeDefined();
    // @ts-expect-error nothing is published before it is checkpointed
    expect(startWith(admit).to(prepareWorkspace).to(indexWorkspace).to(runAgent).to(publishResult)).toBeDefined();
    // @ts-expect-error a workspace is prepared for an admitted task only
    expect(startWith(prepareWorkspace).to(admit).to(indexWorkspace).to(publishResult)).toBeDefined();
  });
});
