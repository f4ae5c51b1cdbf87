import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { workspaceRequest } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createSubject, neverAborted } from "../fixtures/create-subject.js";

const secondOf = async (path: string): Promise<number> => Math.floor((await stat(path)).ctimeMs / 1000);

test("an edit of the same length within the second of the checkout is committed", async () => {
  const { workspaces, remote, dispose } = await createSubject();
  try {
    await remote.seed("main", { "README.md": "teh\n" });
    let isTried = false;
    for (let attempt = 0; attempt < 10 && !isTried; attempt += 1) {
      const prepared = await workspaces.prepare(workspaceRequest(remote), neverAborted);
      const path = join(prepared.workspace.directory, "README.md");
      const checkedOutIn = await secondOf(path);
      await writeFile(path, "the\n");
      isTried = (await secondOf(path)) === checkedOutIn;
      if (isTried) {
        // The index of the commit is made in a later second than the edit.
        await sleep(1000 - (Date.now() % 1000) + 10);
        const result = await prepared.workspace.commit({ message: "Mend", at: new Date(0) }, neverAborted);
        expect(result.status).toBe("committed");
      }
      await prepared.dispose();
    }
    expect(isTried).toBe(true);
  } finally {
    await dispose();
  }
});
