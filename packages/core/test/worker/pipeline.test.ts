import { describe, expect, test } from "vitest";
import { startWith } from "../../src/worker/pipeline.js";
import { admit } from "../../src/worker/stages/admit.js";
import { checkpoint } from "../../src/worker/stages/checkpoint.js";
import { gatherContext } from "../../src/worker/stages/gather-context.js";
import { indexWorkspace } from "../../src/worker/stages/index-workspace.js";
import { prepareWorkspace } from "../../src/worker/stages/prepare-workspace.js";
import { publishResult } from "../../src/worker/stages/publish-result.js";
import { resolveRepository } from "../../src/worker/stages/resolve-repository.js";
import { runAgent } from "../../src/worker/stages/run-agent.js";

describe("the order of the stages", () => {
  test("compiles as it is meant to be", () => {
    const pipeline = startWith(resolveRepository)
      .to(admit)
      .to(gatherContext)
      .to(prepareWorkspace)
      .to(indexWorkspace)
      .to(runAgent)
      .to(checkpoint)
      .to(publishResult);
    expect(pipeline.run).toBeTypeOf("function");
  });

  test("does not compile in any other way", () => {
    const gathered = startWith(resolveRepository).to(admit).to(gatherContext);
    // @ts-expect-error the agent cannot run before its workspace is prepared
    expect(gathered.to(runAgent)).toBeDefined();
    // @ts-expect-error nothing is published before it is checkpointed
    expect(gathered.to(prepareWorkspace).to(indexWorkspace).to(runAgent).to(publishResult)).toBeDefined();
    // @ts-expect-error the conversation is not read for a task that is not admitted
    expect(startWith(resolveRepository).to(gatherContext)).toBeDefined();
  });
});
