import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { TaskSearch } from "../../ports/task-store.js";
import type { ContractClause } from "../contract-cases.js";
import { freshId } from "../fresh-id.js";
import { repositoryFixture, taskDraftFixture, tenantFixture } from "../task-draft-fixture.js";
import { beginTask } from "./begin-task.js";
import { readPages } from "./read-pages.js";
import { recordTask } from "./record-task.js";

const found = async ({ tasks }: Store, search: TaskSearch): Promise<readonly string[]> =>
  (await tasks.search(search)).items.map(({ id }) => id);

/** How tasks are listed. */
export const taskSearchClauses: readonly ContractClause<Store>[] = [
  {
    name: "search lists newest first, all of a task but its long texts",
    check: async (store) => {
      const repository = repositoryFixture();
      const taskIds: string[] = [];
      for (let count = 0; count < 5; count += 1) taskIds.push((await recordTask(store, { repository })).taskId);
      const page = await store.tasks.search({ repository: repository.path });
      assert.deepEqual(
        page.items.map(({ id }) => id),
        taskIds.toReversed(),
      );
      assert.equal(page.next, null);
      const newest = await store.tasks.find(taskIds[4] ?? "");
      assert.ok(newest);
      const { instruction, context, ...summary } = newest;
      assert.deepEqual(page.items[0], summary);
    },
  },
  {
    name: "the repository is found in any case, and only whole",
    check: async (store) => {
      const repository = repositoryFixture({ path: `${freshId("OctoCat")}/group/Hello_World` });
      const { taskId } = await recordTask(store, { repository });
      const name = repository.path;
      assert.deepEqual(await found(store, { repository: name.toUpperCase() }), [taskId]);
      assert.deepEqual(await found(store, { repository: name.toLowerCase() }), [taskId]);
      assert.deepEqual(await found(store, { repository: name.replace("_", "x") }), []);
      assert.deepEqual(await found(store, { repository: name.slice(0, -1) }), []);
    },
  },
  {
    name: "the actor is found in any case, and only whole",
    check: async (store) => {
      const login = freshId("OctoCat_X");
      const { taskId } = await recordTask(store, { actor: { provider: "acme", id: "7", login } });
      for (const actor of [login, login.toUpperCase(), login.toLowerCase()]) {
        assert.deepEqual(await found(store, { actor }), [taskId]);
      }
      assert.deepEqual(await found(store, { actor: login.replace("_", "x") }), []);
      assert.deepEqual(await found(store, { actor: login.slice(0, -1) }), []);
    },
  },
  {
    name: "every given filter must match",
    check: async (store) => {
      const login = freshId("login");
      const provider = freshId("provider");
      const tenant = tenantFixture();
      const { origin } = taskDraftFixture({}, tenant, provider);
      const actor = { provider: "acme", id: "7", login };
      const label = await recordTask(store, { actor, trigger: "label", origin }, tenant);
      const mention = await recordTask(store, { actor });
      await recordTask(store);
      await beginTask(store, label.taskId);
      assert.deepEqual(await found(store, { actor: login }), [mention.taskId, label.taskId]);
      assert.deepEqual(await found(store, { actor: login, trigger: "label" }), [label.taskId]);
      assert.deepEqual(await found(store, { actor: login, status: "queued" }), [mention.taskId]);
      assert.deepEqual(await found(store, { actor: login, status: "running" }), [label.taskId]);
      assert.deepEqual(await found(store, { provider }), [label.taskId]);
      assert.deepEqual(await found(store, { threadId: mention.entry.lane }), [mention.taskId]);
      assert.deepEqual(await found(store, { threadId: mention.entry.lane, trigger: "label" }), []);
      assert.deepEqual(await found(store, { threadId: "no id of ours" }), []);
    },
  },
  {
    name: "text finds words in the title or the instruction, in any case",
    check: async (store) => {
      const word = freshId("word").replace("-", "");
      const title = await recordTask(store, { title: `Flaky ${word} again`, instruction: "" });
      const instruction = await recordTask(store, { title: "", instruction: `please look at ${word}` });
      assert.deepEqual(await found(store, { text: word }), [instruction.taskId, title.taskId]);
      assert.deepEqual(await found(store, { text: word.toUpperCase() }), [instruction.taskId, title.taskId]);
      assert.deepEqual(await found(store, { text: `again ${word}` }), [title.taskId]);
      assert.deepEqual(await found(store, { text: `${word} ${freshId("other")}` }), []);
    },
  },
  {
    name: "text finds words by what they begin with, between punctuation too",
    check: async (store) => {
      const word = freshId("word").replace("-", "");
      const { taskId } = await recordTask(store, { title: `In src/${word}.test_case,`, instruction: "why?" });
      assert.deepEqual(await found(store, { text: word.slice(0, -2) }), [taskId]);
      assert.deepEqual(await found(store, { text: `${word}.te` }), [taskId]);
      assert.deepEqual(await found(store, { text: `src/${word}` }), [taskId]);
      assert.deepEqual(await found(store, { text: `"${word}" & (why:*)` }), [taskId]);
      assert.deepEqual(await found(store, { text: `case ${word}` }), [taskId]);
      assert.deepEqual(await found(store, { text: word.slice(2) }), []);
      assert.deepEqual(await found(store, { text: "?!" }), []);
      assert.deepEqual(await found(store, { text: ` ${word} ${"x".repeat(5000)}` }), []);
    },
  },
  {
    name: "blank text is no filter",
    check: async (store) => {
      const { taskId, entry } = await recordTask(store);
      assert.deepEqual(await found(store, { text: " ", threadId: entry.lane }), [taskId]);
    },
  },
  {
    name: "pages have neither gaps nor repetitions while tasks come in",
    check: async (store) => {
      const repository = repositoryFixture();
      const taskIds: string[] = [];
      for (let count = 0; count < 8; count += 1) taskIds.push((await recordTask(store, { repository })).taskId);
      const search = { repository: repository.path, limit: 3 };
      const seen = await readPages(async (cursor) => {
        const page = await store.tasks.search({ ...search, ...cursor });
        await recordTask(store, { repository });
        return page;
      }, 3);
      assert.deepEqual(
        seen.map(({ id }) => id),
        taskIds.toReversed(),
      );
    },
  },
  {
    name: "a page holds 50 tasks without a limit",
    check: async (store) => {
      const repository = repositoryFixture();
      await Promise.all(Array.from({ length: 51 }, () => recordTask(store, { repository })));
      const page = await store.tasks.search({ repository: repository.path });
      assert.equal(page.items.length, 50);
      assert.notEqual(page.next, null);
    },
  },
];
