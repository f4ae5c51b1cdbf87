/** The wake-up channel that says: this task's transcript or status has changed. */
export function taskChannel(taskId: string): string {
  return `task:${taskId}`;
}

/** The wake-up channel that says: a stop of this running task was asked for. */
export function taskStopChannel(taskId: string): string {
  return `task:${taskId}:stop`;
}
