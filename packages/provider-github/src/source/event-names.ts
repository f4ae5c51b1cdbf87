/** The body keys that tell one event from another, as the event's name is in an unsigned header. */
interface EventShape {
  readonly has: readonly string[];
  readonly lacks: readonly string[];
}

/** A Map: an object would find `toString` and `__proto__` among its events. */
const shapes = new Map<string, EventShape>([
  ["issues", { has: ["issue"], lacks: ["comment", "pull_request", "review"] }],
  ["issue_comment", { has: ["issue", "comment"], lacks: ["pull_request", "review"] }],
  ["pull_request", { has: ["pull_request"], lacks: ["comment", "review", "issue", "thread"] }],
  ["pull_request_review", { has: ["pull_request", "review"], lacks: ["comment", "issue"] }],
  ["pull_request_review_comment", { has: ["pull_request", "comment"], lacks: ["review", "issue"] }],
  ["installation", { has: ["installation"], lacks: ["repository", "repositories_removed", "issue", "pull_request"] }],
  ["installation_repositories", { has: ["installation", "repositories_removed"], lacks: ["repository", "issue"] }],
  ["ping", { has: ["zen"], lacks: ["issue", "pull_request", "comment"] }],
]);

/** Does the body look like the event that the header names? True for events we do not know. */
export function fitsEvent(event: string, payload: object): boolean {
  const shape = shapes.get(event);
  if (!shape) return true;
  return (
    shape.has.every((key) => Object.hasOwn(payload, key)) && !shape.lacks.some((key) => Object.hasOwn(payload, key))
  );
}
