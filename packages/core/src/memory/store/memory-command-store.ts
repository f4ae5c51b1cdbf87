import type { CommandStore } from "../../ports/command-store.js";
import { isFinalStatus } from "../../task/task.js";
import type { CommandRecord, Tables, TaskRecord } from "./tables.js";
import { cancelTask } from "./task-record.js";

/** Marks a command as answered; harmless if it was. */
export function finishCommand({ clock, openCommands }: Tables, record: CommandRecord): void {
  if (!openCommands.delete(record)) return;
  record.command = { ...record.command, finishedAt: clock.now() };
}

/** Returns true if the task is running, or has left something at a provider in a run that has not ended: a worker updates that. */
function isUnderWay({ task, effects }: TaskRecord): boolean {
  return task.status === "running" || (effects.size > 0 && task.reason !== "reopened");
}

/** Commands in memory. The result of an answer is not kept: nothing reads it. */
export function memoryCommandStore(tables: Tables): CommandStore {
  return {
    async find(commandId) {
      return structuredClone(tables.commands.get(commandId)?.command ?? null);
    },

    async finish(commandId, _result) {
      const record = tables.commands.get(commandId);
      if (record) finishCommand(tables, record);
    },

    async requestStop(taskId, reason) {
      const record = tables.tasks.get(taskId);
      if (!record) return "unknown";
      const { task } = record;
      if (isFinalStatus(task.status)) return "final";
      if (task.status === "running" || !isUnderWay(record)) return cancelTask(tables, record, reason);
      record.task = {
        ...task,
        notBefore: null,
        cancelRequestedAt: task.cancelRequestedAt ?? tables.clock.now(),
        cancelReason: task.cancelReason ?? reason,
      };
      return "requested";
    },
  };
}
