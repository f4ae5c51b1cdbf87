import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clearThread } from "../../src/tree/thread-place.js";
import { layOutWorkspaces } from "../../src/workspace-layout.js";

/** Makes the directory again as soon as it is gone, as a `git init` does that outlived its worker. */
async function makeAgain(directory: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const isMade = await mkdir(directory).then(
      () => true,
      () => false,
    );
    if (isMade) return true;
  }
  return false;
}

test("a place is cleared although a leftover command makes its GIT_DIR again meanwhile", async () => {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-place-"));
  const repository = { provider: "acme", tenant: "1", id: "2" };
  let madeAgain = 0;
  try {
    for (let round = 0; round < 100; round += 1) {
      const place = layOutWorkspaces(directory).thread(repository, `thread-${round}`);
      await mkdir(place.gitDirectory, { recursive: true });
      const over = new AbortController();
      const leftover = makeAgain(place.gitDirectory, over.signal);
      await clearThread(place);
      over.abort();
      if (await leftover) madeAgain += 1;
      expect((await readdir(place.root)).sort()).toEqual(["git", "home", "workspace"]);
    }
    expect(madeAgain).toBeGreaterThan(0);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
