/** Returns the channel on which changes of a task's transcript or status are published. */
export function taskChannel(taskId: string): string {
  return `task:${taskId}`;
}

/** Returns the channel on which the requested stop of a running task is published. */
export function taskStopChannel(taskId: string): string {
  return `task:${taskId}:stop`;
}
