/** The mark of a task's own status comment; together with our author id it makes the comment ours. */
export function statusMarker(taskId: string): string {
  return `<!-- agentbot:task=${taskId} -->`;
}
